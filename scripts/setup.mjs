// Makes a clone ready to run: the packages of the lock file, and a build of what is in the tree.
import {spawnSync} from 'node:child_process'
import {existsSync, readdirSync, statSync} from 'node:fs'
import {createRequire} from 'node:module'
import {delimiter, dirname, join} from 'node:path'
import {fileURLToPath} from 'node:url'

export const root = fileURLToPath(new URL('..', import.meta.url))

/** Something went wrong that a person can mend; the text says how. */
export class SetupError extends Error {}

/** Installs and builds what is missing or out of date, with a line for each thing it does. */
export function setUp({say = (line) => process.stderr.write(`${line}\n`)} = {}) {
  if (packagesAreStale()) {
    say('Set-up: installing packages with npm ci (a minute or two; SQLite may be compiled)')
    install()
  }
  if (!sqliteLoads()) {
    say(`Set-up: rebuilding SQLite for Node ${process.version}`)
    runOrExplain(npm('rebuild', 'better-sqlite3'), COMPILER)
    if (!sqliteLoads()) throw new SetupError(`better-sqlite3 does not load in Node ${process.version}. ${COMPILER}`)
  }
  if (buildIsStale()) {
    say('Set-up: building dist/')
    runOrExplain(
      [process.execPath, [join(root, 'scripts', 'build.mjs')]],
      'The build failed; the lines above say where.',
    )
  }
}

/** The command line for npm: the one that started us, else the one on the PATH. */
export function npm(...args) {
  const started = process.env.npm_execpath
  if (started?.endsWith('.js') && existsSync(started)) return [process.execPath, [started, ...args]]
  return [process.platform === 'win32' ? 'npm.cmd' : 'npm', args]
}

/** Variables for a child process: this Node comes first on its PATH. */
export const withThisNode = (more = {}) => ({
  ...process.env,
  ...headers(),
  PATH: [dirname(process.execPath), process.env.PATH].join(delimiter),
  ...more,
})

/** Headers that came with this Node spare a compile the download of the same ones. */
function headers() {
  const folder = dirname(dirname(process.execPath))
  return existsSync(join(folder, 'include', 'node', 'node_version.h')) ? {npm_config_nodedir: folder} : {}
}

const COMPILER =
  'better-sqlite3 is compiled where no ready-made binary can be fetched; that needs python3, make and a C++ compiler ' +
  '(Debian: apt-get install python3 make g++; macOS: xcode-select --install).'

function install() {
  runOrExplain(
    npm('ci', '--no-audit', '--no-fund', '--loglevel=error'),
    `npm could not install the packages. Is the npm registry reachable (npm ping)? ${COMPILER}`,
  )
}

function runOrExplain([command, args], explanation) {
  // Standard output belongs to what is set up, not to setting it up.
  const {status, error} = spawnSync(command, args, {cwd: root, stdio: ['ignore', 2, 2], env: withThisNode()})
  if (error?.code === 'ENOENT') throw new SetupError(`${command} was not found on the PATH. It comes with Node.`)
  if (error) throw error
  if (status !== 0) throw new SetupError(explanation)
}

function packagesAreStale() {
  const marker = join(root, 'node_modules', '.package-lock.json')
  return !existsSync(marker) || statSync(marker).mtimeMs < statSync(join(root, 'package-lock.json')).mtimeMs
}

/** A binary of another Node line is there but does not load. */
function sqliteLoads() {
  try {
    const Database = createRequire(join(root, 'package.json'))('better-sqlite3')
    new Database(':memory:').close()
    return true
  } catch {
    return false
  }
}

function buildIsStale() {
  const built = join(root, 'dist', 'start.js')
  if (!existsSync(built) || !existsSync(join(root, 'oclif.manifest.json'))) return true
  const at = statSync(built).mtimeMs
  const sources = ['bin', 'src', 'commands', 'templates', 'scripts/build.mjs', 'package.json', 'package-lock.json']
  return sources.some((source) => newest(join(root, source)) > at)
}

/** The folders count too: a file that was taken away leaves no other trace. */
function newest(path) {
  const stat = statSync(path)
  if (!stat.isDirectory()) return stat.mtimeMs
  return Math.max(stat.mtimeMs, ...readdirSync(path).map((name) => newest(join(path, name))))
}

/** Runs `main` and turns what a person can mend into one sentence and exit code 1. */
export async function orExplain(main) {
  try {
    await main()
  } catch (error) {
    if (!(error instanceof SetupError)) throw error
    process.stderr.write(`\n${error.message}\n`)
    process.exitCode = 1
  }
}

if (process.argv[1] === fileURLToPath(import.meta.url)) await orExplain(() => setUp())
