import {existsSync, mkdirSync, mkdtempSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {currentContext, saveContext} from '../../src/cli/contexts.ts'
import {run} from '../support/cli.ts'

let folder: string
let env: Record<string, string>
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pytake-contexts-'))
  env = {XDG_CONFIG_HOME: join(folder, 'config'), XDG_DATA_HOME: join(folder, 'data')}
})
afterEach(() => rmSync(folder, {recursive: true, force: true}))

const add = (name: string, more: Record<string, string> = {}) =>
  run(['context', 'add', name, '--url', 'https://pytake.example.com/', '--token-stdin'], {
    env: {...env, ...more},
    stdin: 'pyt_hush\n',
  })
const names = async (more: Record<string, string> = {}) =>
  (await run(['context', 'list', '--json'], {env: {...env, ...more}})).json().data

describe('contexts', () => {
  it('begin with this machine, and grow by what is added', async () => {
    expect(await names()).toMatchObject([{name: 'local', current: true}])
    const added = await add('production')
    expect(added.exitCode, added.stderr).toBe(0)
    expect(added.stdout + added.stderr).not.toContain('hush')
    expect(await names()).toMatchObject([
      {name: 'local', current: true},
      {name: 'production', address: 'https://pytake.example.com', token: null, current: false},
    ])
    await run(['context', 'use', 'production'], {env})
    expect((await run(['context', 'show', '--json'], {env})).json().name).toBe('production')
    await run(['context', 'remove', 'production', '--yes'], {env})
    expect(await names()).toMatchObject([{name: 'local', current: true}])
  })

  it('are kept for their owner only', async () => {
    await add('production')
    expect(statSync(join(folder, 'config/pytake/contexts.json')).mode & 0o777).toBe(0o600)
  })

  it('live in PYTAKE_HOME when there is one, so that an installation of its own is not led elsewhere', async () => {
    await add('production')
    await run(['context', 'use', 'production'], {env})
    const home = {PYTAKE_HOME: join(folder, 'home')}
    expect(await names(home)).toMatchObject([{name: 'local', current: true}])
    await add('test', home)
    expect(existsSync(join(folder, 'home/contexts.json'))).toBe(true)
  })

  it('are chosen by flag, then environment, then project file, then by "use"', async () => {
    for (const name of ['flag', 'environment', 'project', 'used']) await add(name)
    await run(['context', 'use', 'used'], {env})
    const project = join(folder, 'repo')
    mkdirSync(join(project, 'flows'), {recursive: true})
    writeFileSync(join(project, 'pytake.yaml'), 'context: project\ntenant: Uma\n')
    const cwd = join(project, 'flows')
    const where = async (argv: string[], more: Record<string, string> = {}, at = folder) =>
      (await run(['context', 'show', '--json', ...argv], {env: {...env, ...more}, cwd: at})).json().name
    expect(await where([])).toBe('used')
    expect(await where([], {}, cwd)).toBe('project')
    expect(await where([], {PYTAKE_CONTEXT: 'environment'}, cwd)).toBe('environment')
    expect(await where(['--context', 'flag'], {PYTAKE_CONTEXT: 'environment'}, cwd)).toBe('flag')
  })

  it('of a demo lead while it lives and nothing else was chosen', async () => {
    await saveContext(env, 'demo', {kind: 'folder', home: join(folder, 'demo'), pid: process.pid})
    expect(currentContext(env).name).toBe('demo')
    await add('production')
    await run(['context', 'use', 'production'], {env})
    expect(currentContext(env).name).toBe('production')
    await run(['context', 'remove', 'production', '--yes'], {env})
    await saveContext(env, 'demo', {kind: 'folder', home: join(folder, 'demo'), pid: 2 ** 22 + 1})
    expect(currentContext(env).name).toBe('local')
    expect(await names()).toMatchObject([{name: 'local'}])
  })

  it('that are wrong are told in one sentence', async () => {
    expect((await add('local')).exitCode).toBe(6)
    expect((await run(['context', 'use', 'ghost'], {env})).exitCode).toBe(5)
    const untold = await run(['context', 'add', 'x', '--url', 'https://x.example.com'], {env})
    expect(untold).toMatchObject({exitCode: 2})
    expect(untold.stderr).toContain('--token-stdin')
    expect((await run(['context', 'add', 'x', '--url', 'nonsense', '--token-stdin'], {env, stdin: 'x'})).exitCode).toBe(
      2,
    )
    mkdirSync(join(folder, 'config/pytake'), {recursive: true})
    writeFileSync(join(folder, 'config/pytake/contexts.json'), '{')
    const broken = await run(['context', 'list'], {env})
    expect(broken.exitCode).toBe(3)
    expect(broken.stderr).toContain('contexts.json')
  })

  it('name a broken project file', async () => {
    writeFileSync(join(folder, 'pytake.yaml'), 'tenant: [1]\n')
    const ran = await run(['context', 'show'], {env, cwd: folder})
    expect(ran.exitCode).toBe(3)
    expect(ran.stderr).toContain('tenant must be text')
  })
})

describe('a server that is not one', () => {
  it('unreachable: exit 8 and its address', async () => {
    await run(['context', 'add', 'gone', '--url', 'http://127.0.0.1:1', '--token-stdin'], {env, stdin: 'x'})
    const ran = await run(['tenant', 'list', '--context', 'gone', '--json'], {env})
    expect(ran.exitCode).toBe(8)
    expect(ran.error()).toMatchObject({code: 'UNAVAILABLE', message: expect.stringContaining('http://127.0.0.1:1')})
  })

  it.each([
    [200, 'text/html', '<h1>Welcome</h1>'],
    [502, 'text/html', 'bad gateway'],
    [404, 'application/json', '{"detail": "nope"}'],
  ])('answers %i with something else: exit 8', async (status, type, body) => {
    const server = createServer((_request, response) => response.writeHead(status, {'content-type': type}).end(body))
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
    await run(['context', 'add', 'odd', '--url', url, '--token-stdin'], {env, stdin: 'x'})
    const ran = await run(['tenant', 'list', '--context', 'odd', '--json'], {env})
    expect(ran.exitCode).toBe(8)
    expect(ran.error().message).toContain(String(status))
    server.close()
  })

  it('what belongs to the machine with the data is refused elsewhere', async () => {
    await add('production')
    const ran = await run(['migrate', '--context', 'production'], {env})
    expect(ran.exitCode).toBe(2)
    expect(ran.stderr).toContain('--context local')
  })
})
