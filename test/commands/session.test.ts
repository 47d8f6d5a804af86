import {existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, beforeEach, describe, expect, it} from 'vitest'
import {systemClock} from '../../src/base/clock.ts'
import {renewal} from '../../src/cli/sign-in.ts'
import {run} from '../support/cli.ts'
import {buildProgram, startProgram} from '../support/program.ts'
import {startApi, type TestServer} from '../support/server.ts'
import {addCompany, addUser, PASSWORD} from '../support/signing-in.ts'
import {makePlace, type Place} from '../support/stores.ts'

const DAY_MS = 86_400_000

describe('a session of the command line', () => {
  let place: Place
  let server: TestServer
  let folder: string
  let ahead = 0
  const clock = {...systemClock, now: () => Date.now() + ahead, monotonic: () => performance.now() + ahead}
  const contexts = () => join(folder, 'pytake', 'contexts.json')
  const kept = () => JSON.parse(readFileSync(contexts(), 'utf8')).contexts.loja
  const pytake = (argv: string[], stdin = '') => run(argv, {stdin, env: {XDG_CONFIG_HOME: folder}})
  const signIn = () =>
    pytake(
      ['login', '--email', 'ana@example.com', '--password-file', '-', '--url', server.url, '--name', 'loja'],
      PASSWORD,
    )

  beforeAll(async () => {
    place = await makePlace('sqlite')
    server = await startApi(place.env(), {}, {clock})
    await addUser(server.runtime, await addCompany(server.runtime, 'Uma'), 'ana@example.com', 'agent')
  })
  afterAll(async () => {
    await server.close()
    await place.remove()
  })
  beforeEach(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pytake-session-'))
    expect((await signIn()).exitCode).toBe(0)
    return () => rmSync(folder, {recursive: true, force: true})
  })

  it('goes on by itself when the access token is over, with new tokens in a file of its owner', async () => {
    const before = kept()
    ahead += DAY_MS
    const ran = await pytake(['contact', 'list'])
    expect(ran.exitCode, ran.stderr).toBe(0)
    const after = kept()
    expect(after.token).not.toBe(before.token)
    expect(after.refresh_token).not.toBe(before.refresh_token)
    expect(ran.stdout + ran.stderr).not.toContain(after.token)
    expect(statSync(contexts()).mode & 0o777).toBe(0o600)
    expect(existsSync(`${join(folder, 'pytake', 'contexts.lock')}`)).toBe(false)
  })

  it('is renewed once when many commands of one moment find it over', async () => {
    buildProgram()
    for (let round = 0; round < 2; round++) {
      ahead += DAY_MS
      const programs = Array.from({length: 4}, () =>
        startProgram(['contact', 'list', '--json'], {XDG_CONFIG_HOME: folder, PYTAKE_CONTEXT: 'loja'}),
      )
      const codes = await Promise.all(programs.map(({ended}) => ended))
      expect(codes, programs.map((one) => one.stderr()).join()).toEqual([0, 0, 0, 0])
    }
    const revoked = await server.runtime.stores.control.read((db) =>
      db.selectFrom('sessions').select('revoked_why').where('revoked_why', '=', 'reused').execute(),
    )
    expect(revoked, 'no session was taken for a thief’s').toEqual([])
    const answers = await server.runtime.stores.control.read((db) =>
      db.selectFrom('audit_log').select('id').where('action', '=', 'auth.refresh').execute(),
    )
    expect(answers.length, 'and each round asked once').toBe(3)
  }, 60_000)

  it('that nobody used for a week is over, and says what to do', async () => {
    ahead += 8 * DAY_MS
    const ran = await pytake(['contact', 'list', '--json'])
    expect(ran.exitCode).toBe(4)
    expect(ran.error()).toMatchObject({code: 'UNAUTHORIZED', message: expect.stringContaining('context loja is over')})
    expect(ran.stderr).toContain('pytake login')
    expect((await signIn()).exitCode).toBe(0)
    expect((await pytake(['contact', 'list'])).exitCode).toBe(0)
  })

  it('finds its way past the lock of a process that died, and waits for one that lives', async () => {
    const lock = join(folder, 'pytake', 'contexts.lock')
    writeFileSync(lock, String(2 ** 22 + 1))
    ahead += DAY_MS
    const ran = await pytake(['contact', 'list'])
    expect(ran.exitCode, ran.stderr).toBe(0)
    writeFileSync(lock, String(process.pid))
    ahead += 1000
    const refused = kept().token
    let isDone = false
    const waiting = renewal({env: {XDG_CONFIG_HOME: folder}}, 'loja')(refused).finally(() => (isDone = true))
    await systemClock.sleep(150)
    expect(isDone).toBe(false)
    rmSync(lock)
    expect(await waiting).toMatch(/^ey/)
  })

  it('ends with logout: there too, and its tokens are forgotten here', async () => {
    const {token, refresh_token} = kept()
    const ran = await pytake(['logout', '--json'])
    expect(ran.exitCode, ran.stderr).toBe(0)
    expect(ran.json()).toEqual({context: 'loja', url: server.url, ended: true, everywhere: false})
    expect(kept()).toEqual({kind: 'remote', url: server.url, token: ''})
    const asked = (path: string, init: RequestInit) => fetch(`${server.url}/api/v1${path}`, init)
    ahead += 5000
    expect((await asked('/auth/me', {headers: {authorization: `Bearer ${token}`}})).status).toBe(401)
    const body = JSON.stringify({refresh_token})
    const headers = {'content-type': 'application/json'}
    expect((await asked('/auth/refresh', {method: 'POST', headers, body})).status).toBe(401)
    const next = await pytake(['contact', 'list'])
    expect(next.exitCode).toBe(4)
    expect(next.stderr).toContain('pytake login')
    expect((await pytake(['context', 'show', '--json'])).json()).toMatchObject({name: 'loja', token_set: false})
    const again = await pytake(['login', '--email', 'ana@example.com', '--password-file', '-'], PASSWORD)
    expect(again.exitCode, again.stderr).toBe(0)
    expect((await pytake(['contact', 'list'])).exitCode).toBe(0)
  })

  it('ends everywhere with --everywhere, and a session that is over is no error', async () => {
    const other = mkdtempSync(join(tmpdir(), 'pytake-session-'))
    writeFileSync(join(other, 'copy'), readFileSync(contexts()))
    expect((await signIn()).exitCode).toBe(0)
    expect((await pytake(['logout', '--everywhere', '--json'])).json()).toMatchObject({ended: true, everywhere: true})
    writeFileSync(contexts(), readFileSync(join(other, 'copy')), {mode: 0o600})
    ahead += 5000
    const ran = await pytake(['logout', '--json'])
    expect(ran.exitCode, ran.stderr).toBe(0)
    expect(ran.json()).toMatchObject({ended: false})
    expect(kept().token).toBe('')
    rmSync(other, {recursive: true, force: true})
  })

  it('is no matter of this machine, nor of an API token', async () => {
    expect(await pytake(['logout', '--context', 'local'])).toMatchObject({exitCode: 2})
    const token = await run(['token', 'create', '--name', 'ci', '--json'], {env: place.env()})
    await pytake(['context', 'add', 'ci', '--url', server.url, '--token-stdin'], token.json().token)
    const ran = await pytake(['logout', '--context', 'ci'])
    expect(ran.exitCode).toBe(2)
    expect(ran.stderr).toContain('API tokens are revoked')
    expect((await pytake(['context', 'show', 'ci', '--json'])).json()).toMatchObject({token_set: true})
  })
})
