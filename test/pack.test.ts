import {execFile} from 'node:child_process'
import {cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {delimiter, dirname, join} from 'node:path'
import {promisify} from 'node:util'
import {afterAll, beforeAll, describe, expect, test} from 'vitest'
import packageJson from '../package.json' with {type: 'json'}

const root = join(import.meta.dirname, '..')
const run = promisify(execFile)
const npm = (argv: readonly string[]) => run('npm', [...argv, '--loglevel=error'], {cwd: root})

describe('the package', () => {
  let folder: string
  let files: string[]
  let installed: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pytake-pack-'))
    const {stdout} = await npm(['pack', '--json', '--pack-destination', folder])
    files = filesOf(stdout)
    const tarball = readdirSync(folder).find((name) => name.endsWith('.tgz'))
    const prefix = join(folder, 'prefix')
    mkdirSync(prefix)
    // SQLite was compiled once for this clone; that takes a minute, and is npm's work, not ours to prove.
    const install = ['install', '--global', '--prefix', prefix, '--ignore-scripts', '--no-audit', '--no-fund']
    await npm([...install, '--prefer-offline', join(folder, tarball ?? 'no tarball')])
    installed = join(prefix, 'lib', 'node_modules', packageJson.name)
    const binary = join('node_modules', 'better-sqlite3', 'build')
    // Versions that come compiled have none.
    if (existsSync(join(root, binary))) cpSync(join(root, binary), join(installed, binary), {recursive: true})
  }, 300_000)
  afterAll(() => rmSync(folder, {recursive: true, force: true}))

  /** Runs the installed command as somebody who never ran it before. */
  async function pytake(...argv: string[]) {
    const home = mkdtempSync(join(folder, 'home-'))
    const PATH = [join(folder, 'prefix', 'bin'), dirname(process.execPath), process.env.PATH].join(delimiter)
    return run('pytake', argv, {cwd: home, env: {HOME: home, PATH, NO_COLOR: '1'}, timeout: 120_000})
  }

  test('holds what runs and what is read, and nothing else', () => {
    const tops = new Set(files.map((file) => file.split('/')[0]))
    expect(tops).not.toContain('src')
    expect(tops).not.toContain('test')
    expect(tops).not.toContain('scripts')
    expect(files).toEqual(expect.arrayContaining(['bin/run.js', 'dist/start.js', 'oclif.manifest.json', 'LICENSE']))
    const flows = readdirSync(join(root, 'templates', 'flows')).map((name) => `templates/flows/${name}`)
    expect(files).toEqual(expect.arrayContaining(flows))
  })

  test('tells its version', async () => {
    const {stdout} = await pytake('--version')
    expect(stdout).toContain(`${packageJson.name}/${packageJson.version} `)
  })

  test('lists its commands', async () => {
    const {stdout} = await pytake('--help')
    expect(stdout).toContain('tenant')
  })

  test.runIf(existsSync(join(root, 'commands', 'demo.ts')))(
    'shows the demonstration to somebody who has nothing but the package',
    async () => {
      const {stdout} = await pytake('demo', '--once')
      expect(stdout).not.toBe('')
    },
    150_000,
  )
})

/** npm has told of one package in a list, and of one by its name. */
function filesOf(json: string): string[] {
  const told = JSON.parse(json) as Packed[] | Record<string, Packed>
  return Object.values(told).flatMap(({files}) => files.map(({path}) => path))
}

interface Packed {
  files: {path: string}[]
}
