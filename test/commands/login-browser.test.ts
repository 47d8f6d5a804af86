import {mkdtempSync, readFileSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {systemClock} from '../../src/base/clock.ts'
import {systemRandom} from '../../src/base/ids.ts'
import {browserSignIn} from '../../src/cli/browser-sign-in.ts'
import {run} from '../support/cli.ts'
import {freePort} from '../support/free-port.ts'
import {Browser, CLIENT_ID, CLIENT_SECRET, type Login, startIdentityProvider} from '../support/identity-provider.ts'
import {buildProgram, startProgram} from '../support/program.ts'
import {startApi, type TestServer} from '../support/server.ts'
import {addCompany, addUser, PASSWORD} from '../support/signing-in.ts'
import {makePlace, type Place} from '../support/stores.ts'

const ADDRESS = /http:\/\/127\.0\.0\.1:\d+\/api\/v1\/auth\/oidc\/start\?\S+/

describe('pytake login --browser', () => {
  let place: Place
  let server: TestServer
  let provider: {stop(): Promise<void>}
  let folder: string
  const env = () => ({XDG_CONFIG_HOME: folder})
  const start = (...more: string[]) =>
    startProgram(['login', '--browser', '--url', server.url, '--name', 'loja', ...more], env())
  const visit = (address: string, login: Login) => new Browser().go(address, {login})

  beforeAll(async () => {
    buildProgram()
    folder = mkdtempSync(join(tmpdir(), 'pytake-browser-'))
    place = await makePlace('sqlite')
    const port = await freePort()
    server = await startApi({
      ...place.env(),
      OIDC_ISSUER: `http://127.0.0.1:${port}`,
      OIDC_CLIENT_ID: CLIENT_ID,
      OIDC_CLIENT_SECRET: CLIENT_SECRET,
      OIDC_EMAIL_DOMAINS: 'example.com, Example.org',
      AUTH_PASSWORD_LOGIN: 'false',
      PYTAKE_ALLOW_NETWORKS: '127.0.0.1/32',
    })
    const tenant = await addCompany(server.runtime, 'Uma')
    await addUser(server.runtime, tenant, 'ana@example.com', 'agent')
    await addUser(server.runtime, tenant, 'ana@elsewhere.example', 'admin')
    provider = await startIdentityProvider(port, `${server.url}/api/v1/auth/oidc/callback`)
  })
  afterAll(async () => {
    await provider.stop()
    await server.close()
    await place.remove()
    rmSync(folder, {recursive: true, force: true})
  })

  it('waits for the person, keeps the session, and shows no token anywhere', async () => {
    const program = start('--json')
    const [address] = await program.said(ADDRESS)
    const seen = await visit(address, 'ana')
    expect([seen.status, seen.text]).toEqual([200, expect.stringContaining('This page can be closed')])
    expect(seen.url).not.toMatch(/eyJ[\w-]+\./)
    expect(await program.ended, program.stderr()).toBe(0)
    expect(JSON.parse(program.stdout())).toMatchObject({context: 'loja', email: 'ana@example.com', role: 'agent'})
    const {token, refresh_token} = JSON.parse(readFileSync(join(folder, 'pytake/contexts.json'), 'utf8')).contexts.loja
    expect(program.stdout() + program.stderr() + seen.url).not.toContain(token)
    expect(refresh_token).toMatch(/^pyr_/)
    expect((await run(['contact', 'list'], {env: env()})).exitCode).toBe(0)
  }, 30_000)

  it('tells a refusal in the terminal, with its exit code', async () => {
    const program = start()
    const [address] = await program.said(ADDRESS)
    await visit(address, 'elsewhere')
    expect(await program.ended).toBe(4)
    expect(program.stderr()).toContain('does not vouch for addresses of elsewhere.example')
  }, 30_000)

  it('ends at once with Ctrl-C, and leaves no page open', async () => {
    const program = start()
    const [address] = await program.said(ADDRESS)
    const page = new URL(address).searchParams.get('redirect_uri') ?? ''
    expect((await fetch(page)).status).toBe(400)
    program.process.kill('SIGINT')
    expect(await program.ended).toBe(130)
    await expect(fetch(page)).rejects.toThrow()
    expect(program.stderr()).not.toMatch(/✗|Error/)
  }, 30_000)

  it('is not led astray by other pages of this machine', async () => {
    const over = new AbortController()
    let address = ''
    const show = (shown: string) => (address = shown)
    const base = {url: server.url, clock: systemClock, random: systemRandom, signal: over.signal, show}
    const signing = browserSignIn(base)
    await expect.poll(() => address).not.toBe('')
    const page = new URL(address).searchParams.get('redirect_uri') ?? ''
    const status = async (url: string, method = 'GET') => (await fetch(url, {method})).status
    expect(await status(`${page}?code=pyo_stolen&state=guessed`)).toBe(400)
    expect(await status(page, 'POST')).toBe(404)
    expect(await status(new URL('/other', page).href)).toBe(404)
    over.abort()
    expect(await signing).toBeUndefined()
  })

  it('gives up on who never comes back', async () => {
    let address = ''
    const clock = {...systemClock, sleep: (ms: number) => systemClock.sleep(ms > 60_000 ? 20 : ms)}
    const signing = browserSignIn({
      ...{url: server.url, clock, random: systemRandom, signal: new AbortController().signal},
      show: (shown) => (address = shown),
    })
    await expect(signing).rejects.toMatchObject({code: 'PENDING', message: expect.stringContaining('5 minutes')})
    expect(address).toMatch(ADDRESS)
  })

  it('is the only way in where passwords are off, for everybody alike', async () => {
    for (const email of ['ana@example.com', 'ghost@example.com']) {
      const argv = ['login', '--email', email, '--password-file', '-', '--url', server.url]
      const ran = await run(argv, {env: env(), stdin: PASSWORD})
      expect(ran.exitCode).toBe(4)
      expect(ran.stderr).toContain('pytake login --browser')
    }
    const register = ['register', '--url', server.url, '--name', 'Eva', '--context-name', 'eva']
    const password = join(folder, 'password')
    writeFileSync(password, PASSWORD)
    const files = ['--invitation-file', '-', '--password-file', password]
    expect((await run([...register, ...files], {env: env(), stdin: 'pyi_x'})).stderr).toContain('single sign-on')
  })

  it.each<[string, string[], number, RegExp]>([
    ['neither an address nor a browser', [], 2, /--browser/],
    ['both', ['--browser', '--email', 'a@example.com'], 2, /--email/],
    ['a password and a browser', ['--browser', '--password-file', '-'], 2, /--email/],
  ])('with %s says so', async (_what, more, exitCode, words) => {
    const ran = await run(['login', '--url', server.url, ...more], {env: env()})
    expect(ran.exitCode).toBe(exitCode)
    expect(ran.stderr).toMatch(words)
  })

  it('says where there is no single sign-on', async () => {
    const other = await makePlace('sqlite')
    const plain = await startApi(other.env())
    const ran = await run(['login', '--browser', '--url', plain.url], {env: env()})
    expect(ran.exitCode).toBe(5)
    expect(ran.stderr).toContain('not set up')
    expect((await fetch(`${plain.url}/api/v1/auth/oidc/start`)).status).toBe(404)
    await plain.close()
    await other.remove()
  })
})
