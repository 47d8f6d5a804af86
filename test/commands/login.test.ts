import {mkdtempSync, readFileSync, rmSync, statSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {run} from '../support/cli.ts'
import {startApi, type TestServer} from '../support/server.ts'
import {addCompany, addUser, PASSWORD} from '../support/signing-in.ts'
import {makePlace, type Place} from '../support/stores.ts'

describe('pytake login', () => {
  let place: Place
  let server: TestServer
  let folder: string
  const pytake = (argv: string[], stdin = '') => run(argv, {stdin, env: {XDG_CONFIG_HOME: folder}})
  const login = (password: string, ...more: string[]) =>
    pytake(['login', '--email', 'ana@example.com', '--password-file', '-', ...more], password)

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'pytake-login-'))
    place = await makePlace('sqlite')
    server = await startApi(place.env())
    await addUser(server.runtime, await addCompany(server.runtime, 'Uma'), 'ana@example.com', 'agent')
  })
  afterAll(async () => {
    await server.close()
    await place.remove()
    rmSync(folder, {recursive: true, force: true})
  })

  it('makes a context; commands act there as that user, no further than the role goes', async () => {
    const ran = await login(`${PASSWORD}\n`, '--url', server.url, '--name', 'loja', '--json')
    expect(ran.exitCode, ran.stderr).toBe(0)
    expect(ran.json()).toMatchObject({context: 'loja', email: 'ana@example.com', role: 'agent', expires_in: 86_400})
    const path = join(folder, 'pytake', 'contexts.json')
    const {token} = JSON.parse(readFileSync(path, 'utf8')).contexts.loja
    expect(ran.stdout + ran.stderr).not.toContain(token)
    expect(statSync(path).mode & 0o777).toBe(0o600)
    expect((await pytake(['conversation', 'list'])).exitCode).toBe(0)
    const refused = await pytake(['user', 'create', '--email', 'd@example.com', '--invite'])
    expect(refused.exitCode).toBe(4)
    expect(refused.stderr).toContain('users:write')
    expect((await login(PASSWORD)).exitCode, 'again, where it acts already').toBe(0)
  })

  it.each([
    ['a wrong password', 'wrong password', () => ['--url', server.url], 4, /e-mail address or the password is wrong/],
    ['no server there', PASSWORD, () => ['--url', 'http://127.0.0.1:9'], 8, /cannot be reached/],
    ['what is no address', PASSWORD, () => ['--url', 'pytake'], 2, /url/i],
    ['a name that is taken', PASSWORD, () => ['--url', server.url, '--name', 'local'], 6, /choose another name/],
    ['no server named', PASSWORD, () => ['--context', 'local'], 2, /Give --url/],
  ])('with %s says so', async (_what, password, more, exitCode, words) => {
    const ran = await login(password, ...more())
    expect(ran.exitCode, ran.stderr).toBe(exitCode)
    expect(ran.stderr).toMatch(words)
  })
})
