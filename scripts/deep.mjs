// `npm run test:deep`: what is too long for every change. Name steps to run only those: kills, soak, node22, node24.
import {existsSync, mkdirSync, utimesSync} from 'node:fs'
import {delimiter, join} from 'node:path'
import {npm, root, setUp} from './setup.mjs'
import {finish, run, scratch, step, tool} from './steps.mjs'

const asked = process.argv.slice(2)
const wanted = (name) => asked.length === 0 || asked.includes(name)

const vitest = (folder, env) => run(process.execPath, [tool('vitest', 'vitest.mjs'), 'run', folder], {env})

/**
 * The whole suite on another line of Node, in a clone of what is committed. SQLite's binary belongs to one line of
 * Node: the version in use here does not compile without that line's headers, 13.2.0 comes compiled.
 */
function suiteOn(line) {
  const place = join(scratch, `node${line}`)
  mkdirSync(place)
  const ran = (command, options) => run(command[0], command[1], options)
  if (!ran(npm('install', '--prefix', place, '--no-audit', '--no-fund', `node@${line}`), {cwd: place})) return false
  const binary = join(place, 'node_modules', 'node', 'bin', process.platform === 'win32' ? 'node.exe' : 'node')
  const env = {PATH: `${join(binary, '..')}${delimiter}${process.env.PATH}`}
  const clone = join(place, 'pytake')
  if (!run('git', ['clone', '--quiet', '--no-hardlinks', root, clone])) return false
  const [command, args] = npm('install', '--save-exact', '--no-audit', '--no-fund', 'better-sqlite3@13.2.0')
  // npm runs on the other Node too, so that native parts fit it.
  const install = command === process.execPath ? [binary, args] : [command, args]
  if (!ran(install, {cwd: clone, env})) return false
  const marker = join(clone, 'node_modules', '.package-lock.json')
  if (existsSync(marker)) utimesSync(marker, new Date(), new Date())
  return run(binary, [join(clone, 'scripts', 'test.mjs')], {cwd: clone, env})
}

if (!step('Set-up', () => (setUp({say: console.log}), true))) finish()
if (wanted('kills')) step('50 kill rounds per scenario', () => vitest('test/chaos', {PYTAKE_KILL_ROUNDS: '50'}))
if (wanted('soak')) step('Soak', () => vitest('test/deep', {PYTAKE_DEEP: '1'}))
for (const line of [22, 24]) if (wanted(`node${line}`)) step(`The suite on Node ${line}`, () => suiteOn(line))
finish()
