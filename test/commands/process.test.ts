import {execFileSync, spawn} from 'node:child_process'
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'

const root = fileURLToPath(new URL('../..', import.meta.url))
const bin = join(root, 'bin/run.js')
let home: string

interface Ended {
  stdout: string
  stderr: string
  code: number | null
}

function pytake(argv: string[], env: Record<string, string> = {}, closeAfter?: number): Promise<Ended> {
  return new Promise((resolve) => {
    const child = spawn(process.execPath, [bin, ...argv], {
      env: {PATH: process.env.PATH, HOME: home, PYTAKE_HOME: join(home, 'data'), ...env},
      cwd: home,
      stdio: ['ignore', 'pipe', 'pipe'],
    })
    let stdout = ''
    let stderr = ''
    child.stdout.on('data', (chunk: Buffer) => {
      stdout += chunk.toString()
      if (closeAfter !== undefined && stdout.length >= closeAfter) child.stdout.destroy()
    })
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()))
    child.on('close', (code) => resolve({stdout, stderr, code}))
  })
}

const newest = (folder: string): number =>
  Math.max(
    ...readdirSync(join(root, folder), {recursive: true, withFileTypes: true})
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  )

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'pytake-process-'))
  const built = join(root, 'dist/start.js')
  const sources = Math.max(newest('src'), newest('commands'), newest('scripts'))
  if (!existsSync(built) || statSync(built).mtimeMs < sources)
    execFileSync(process.execPath, [join(root, 'scripts/build.mjs')])
})
afterAll(() => rmSync(home, {recursive: true, force: true}))

describe('the program', () => {
  it('tells its version', async () => {
    expect((await pytake(['--version'])).stdout).toMatch(/^pytake\/\d+\.\d+\.\d+ /)
  })

  it('tells what it can do, noun by noun', async () => {
    const {stdout, code} = await pytake(['--help'])
    expect(code).toBe(0)
    expect(stdout).toMatch(/tenant[^]*token[^]*whatsapp/)
    expect((await pytake(['tenant', 'create', '--help'])).stdout).toContain('--name')
  })

  it('creates and lists, data on stdout and words on stderr', async () => {
    const created = await pytake(['tenant', 'create', '--name', 'Empresa XYZ', '--json'])
    expect(created.code, created.stderr).toBe(0)
    expect(JSON.parse(created.stdout)).toMatchObject({name: 'Empresa XYZ', plan: 'enterprise'})
    expect((await pytake(['tenant', 'list'])).stdout.split('\t')[1]).toBe('Empresa XYZ')
    expect(statSync(join(home, 'data')).mode & 0o077).toBe(0)
  })

  it.each([
    ['a command that is none', ['tenant', 'explode']],
    ['a flag that is none', ['tenant', 'list', '--nope']],
  ])('ends with exit 2 for %s', async (_title, argv) => {
    const ended = await pytake(argv)
    expect(ended).toMatchObject({code: 2, stdout: ''})
    expect(ended.stderr).toMatch(/✗/)
  })

  it.each([
    ['a wrong encryption key', {ENCRYPTION_KEY: 'another key than before'}, 1, /encryption key/],
    ['a port that is none', {API_PORT: 'http'}, 2, /API_PORT/],
    ['a database that is not there', {DATABASE_URL: 'postgres://127.0.0.1:1/x'}, 8, /PostgreSQL/],
  ])('says %s in words, without a stack', async (_title, env, code, words) => {
    const ended = await pytake(['tenant', 'list'], env)
    expect(ended.code, ended.stderr).toBe(code)
    expect(ended.stderr).toMatch(words)
    expect(ended.stderr).not.toMatch(/\n\s+at /)
  })

  it('leaves quietly when nobody reads on', async () => {
    const ended = await pytake(['tenant', 'list', '--help'], {}, 1)
    expect(ended.stderr).toBe('')
  })

  /** Everything that a command loads before it runs: its own file and what that imports, directly or not. */
  const loadedBy = (command: string): [string, string][] => {
    const seen = new Map<string, string>()
    const follow = (file: string) => {
      if (seen.has(file)) return
      const text = readFileSync(file, 'utf8')
      seen.set(file, text)
      for (const [, path] of text.matchAll(/(?:from|import)\s*"(\.[^"]+)"/g)) follow(join(file, '..', path ?? ''))
    }
    follow(join(root, 'dist/commands', command))
    return [...seen]
  }

  it.each([
    ['server, console nor sandbox', 'tenant/list.js', /FST_ERR_CTP_BODY_TOO_LARGE|react-reconciler|better-sqlite3"/],
    ['store, query builder nor HTTP client', 'flow/lint.js', /SelectQueryNode|better-sqlite3"|pg-protocol|"undici"/],
    ['languages of zod', 'flow/lint.js', /Ongeldige invoer/],
  ])('loads neither %s for a command that needs none of them', (_what, command, marks) => {
    for (const [file, text] of loadedBy(command)) expect(text, file).not.toMatch(marks)
  })

  it('opens no data folder to lint', async () => {
    const data = join(home, 'untouched')
    const ended = await pytake(['flow', 'lint', join(root, 'templates/flows')], {PYTAKE_HOME: data})
    expect(ended).toMatchObject({code: 0, stdout: ''})
    expect(existsSync(data)).toBe(false)
  })
})
