import {spawn} from 'node:child_process'
import {existsSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {serve} from '../support/http-server.ts'
import {bin, buildProgram, root} from '../support/program.ts'

let home: string

interface Ended {
  stdout: string
  stderr: string
  code: number | null
}

const start = (argv: string[], env: Record<string, string>) =>
  spawn(process.execPath, [bin, ...argv], {
    env: {PATH: process.env.PATH, HOME: home, PYTAKE_HOME: join(home, 'data'), ...env},
    cwd: home,
    stdio: ['ignore', 'pipe', 'pipe'],
  })

function pytake(argv: string[], env: Record<string, string> = {}, closeAfter?: number): Promise<Ended> {
  return new Promise((resolve) => {
    const child = start(argv, env)
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

type Said = Pick<Ended, 'stdout' | 'stderr'>

/** Presses Ctrl-C once, as soon as it is time. */
function interrupted(argv: string[], env: Record<string, string>, isTime: (said: Said) => boolean): Promise<Ended> {
  return new Promise((resolve) => {
    const child = start(argv, env)
    const said = {stdout: '', stderr: ''}
    let pressed = false
    const hear = (name: keyof Said) => (chunk: Buffer) => {
      said[name] += chunk.toString()
      if (!pressed && isTime(said)) pressed = child.kill('SIGINT')
    }
    child.stdout.on('data', hear('stdout'))
    child.stderr.on('data', hear('stderr'))
    child.on('close', (code) => resolve({...said, code}))
  })
}

beforeAll(() => {
  home = mkdtempSync(join(tmpdir(), 'pytake-process-'))
  buildProgram()
})
afterAll(() => rmSync(home, {recursive: true, force: true}))

describe('the program', () => {
  it('tells its version', async () => {
    for (const flag of ['--version', '-v']) expect((await pytake([flag])).stdout).toMatch(/^pytake\/\d+\.\d+\.\d+ /)
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

  it('works beside itself: nobody is refused for coming at the same time', async () => {
    const ended = await Promise.all(Array.from({length: 8}, () => pytake(['message', 'list', '--limit', '1'])))
    expect(ended.map(({code, stderr}) => (code === 0 ? '' : stderr))).toEqual(Array(8).fill(''))
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
    [['tenat', 'list'], '"tenat list" is not a pytake command. Did you mean "tenant list"?', 'pytake --help'],
    [['tenant', 'lst'], '"tenant lst" is not a pytake command. Did you mean "tenant list"?', 'pytake tenant --help'],
    [
      ['flow', 'aply', 'a.yaml', '--yes'],
      '"flow aply" is not a pytake command. Did you mean "flow apply"?',
      'pytake flow --help',
    ],
    [['tial', '--since', '1h'], '"tial" is not a pytake command. Did you mean "tail"?', 'pytake --help'],
    [['whatsap'], '"whatsap" is not a pytake command. Did you mean "whatsapp"?', 'pytake --help'],
    [
      ['flow', 'sessions', 'lst'],
      '"flow sessions lst" is not a pytake command. Did you mean "flow sessions list"?',
      'pytake flow sessions --help',
    ],
    [['tenant', 'explode'], '"tenant explode" is not a pytake command.', 'pytake tenant --help'],
  ])('names the nearest command where nobody can be asked: %j', async (argv, words, help) => {
    expect(await pytake(argv)).toEqual({code: 2, stdout: '', stderr: `✗ ${words}\n  ${help}\n`})
  })

  it.each([
    ['tenant', 'tenant create'],
    ['help flow', 'flow apply'],
    ['-h', 'tenant'],
    ['whatsapp add -h', '--phone-number-id'],
  ])('helps with %j', async (line, words) => {
    const {stdout, code, stderr} = await pytake(line.split(' '))
    expect({code, stderr}).toEqual({code: 0, stderr: ''})
    expect(stdout).toContain(words)
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

  it.each([
    ['while it starts', ({stderr}: Said) => stderr.includes('PyTake demo')],
    ['in full swing', ({stdout, stderr}: Said) => stdout.includes('sent') && stderr.includes('pytake tail')],
  ])('takes everything down on one Ctrl-C: the demo %s', async (_title, isTime) => {
    const temporary = mkdtempSync(join(home, 'tmp-'))
    const ended = await interrupted(['demo'], {TMPDIR: temporary}, isTime)
    expect(ended.code, ended.stderr).toBe(130)
    expect(readdirSync(temporary)).toEqual([])
    expect(ended.stderr).not.toMatch(/✗/)
    // Told at the end, by a process that was not cut off; what to try is told before, where it can be followed.
    expect(ended.stderr).toMatch(/12 customers · \d+ messages in · .* · 0 lost · 0 twice\n$/)
    expect(ended.stderr.split('Next, in another terminal').length).toBeLessThanOrEqual(2)
    expect((await pytake(['context', 'list'])).stdout).not.toContain('demo')
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
      // What is loaded on demand stands behind an arrow.
      for (const [, path] of text.matchAll(/(?<!=>)require\("(\.[^"]+)"\)/g)) follow(join(file, '..', path ?? ''))
    }
    follow(join(root, 'dist/commands', command))
    expect(seen.size).toBeGreaterThan(10)
    return [...seen]
  }

  it.each([
    ['server, console nor sandbox', 'tenant/list.js', /FST_ERR_CTP_BODY_TOO_LARGE|react-reconciler|better-sqlite3"/],
    ['store, query builder nor HTTP client', 'flow/lint.js', /SelectQueryNode|better-sqlite3"|pg-protocol|"undici"/],
    ['languages of zod', 'flow/lint.js', /Ongeldige invoer/],
  ])('loads neither %s for a command that needs none of them', (_what, command, marks) => {
    for (const [file, text] of loadedBy(command)) expect(text, file).not.toMatch(marks)
  })

  it('loads one HTTP client to ask a server, and the light one', async () => {
    await using server = await serve((_request, response) =>
      response.end('{"data": [], "page": {"total": 0, "has_more": false}}'),
    )
    const asking = mkdtempSync(join(home, 'asking-'))
    const there = {kind: 'remote', url: server.url, token: 'any'}
    writeFileSync(join(asking, 'contexts.json'), JSON.stringify({contexts: {there}}))
    const spy = join(asking, 'spy.cjs')
    writeFileSync(spy, "process.on('exit', () => process.stdout.write(process.moduleLoadList.join('\\n')))")
    const env = {PYTAKE_HOME: asking, PYTAKE_CONTEXT: 'there', NODE_OPTIONS: `--require ${spy}`}
    const {code, stdout} = await pytake(['flow', 'list'], env)
    expect(code).toBe(0)
    expect(stdout).toContain('NativeModule http\n')
    expect(stdout).not.toContain('undici')
  })

  it('opens no data folder to lint', async () => {
    const data = join(home, 'untouched')
    const ended = await pytake(['flow', 'lint', join(root, 'templates/flows/boas-vindas.yaml')], {PYTAKE_HOME: data})
    expect(ended).toMatchObject({code: 0, stdout: ''})
    expect(existsSync(data)).toBe(false)
  })
})
