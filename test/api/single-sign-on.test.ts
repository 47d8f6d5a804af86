import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {createHash} from 'node:crypto'
import {systemRandom} from '../../src/base/ids.ts'
import {invoke} from '../../src/operations/invoke.ts'
import {challengeOf} from '../../src/operations/oidc.ts'
import {suspendTenant} from '../../src/operations/tenants.ts'
import {disableUser, inviteUser} from '../../src/operations/users.ts'
import {freePort} from '../support/free-port.ts'
import {Browser, CLIENT_ID, CLIENT_SECRET, type Login, startIdentityProvider} from '../support/identity-provider.ts'
import {startApi, type TestServer} from '../support/server.ts'
import {addCompany, addUser, PASSWORD, shell} from '../support/signing-in.ts'
import {onBothEngines} from '../support/stores.ts'

const PROGRAM = 'http://127.0.0.1:9/done'

onBothEngines('single sign-on', (place) => {
  let server: TestServer
  let provider: {stop(): Promise<void>}
  let tenant: string
  let port: number
  const api = () => `${server.url}/api/v1`
  const callback = () => `${api()}/auth/oidc/callback`
  const post = (path: string, body: object) =>
    fetch(`${api()}${path}`, {
      method: 'POST',
      headers: {'content-type': 'application/json'},
      body: JSON.stringify(body),
    })
  const control = () => server.runtime.stores.control

  beforeAll(async () => {
    port = await freePort()
    server = await startApi({
      ...place().env(),
      OIDC_ISSUER: `http://127.0.0.1:${port}`,
      OIDC_CLIENT_ID: CLIENT_ID,
      OIDC_CLIENT_SECRET: CLIENT_SECRET,
      PYTAKE_ALLOW_NETWORKS: '127.0.0.1/32',
    })
    tenant = await addCompany(server.runtime, 'Uma')
    await addUser(server.runtime, tenant, 'ana@example.com', 'agent')
    await addUser(server.runtime, tenant, 'gone@example.com')
    await invoke(server.runtime, disableUser, {id: 'gone@example.com'}, {...shell, tenant})
  })
  afterAll(async () => {
    await provider.stop()
    await server.close()
  })

  it('while the provider is down says so, and works when it is there', async () => {
    const down = await fetch(`${api()}/auth/oidc/start`, {redirect: 'manual'})
    expect(down.status).toBe(503)
    expect(await down.json()).toMatchObject({
      error: {code: 'UNAVAILABLE', message: expect.stringMatching(/provider 127\.0\.0\.1:\d+ cannot be reached/)},
    })
    provider = await startIdentityProvider(port, callback())
    expect((await fetch(`${api()}/auth/oidc/start`, {redirect: 'manual'})).status).toBe(302)
    expect(await (await fetch(`${api()}/auth/methods`)).json()).toEqual({
      password: true,
      oidc: {issuer: `http://127.0.0.1:${port}`},
    })
  })

  it('lets a user in by the address that the provider verified, with a session of ours', async () => {
    const seen = await new Browser().go(`${api()}/auth/oidc/start`, {login: 'ana'})
    expect(seen.status, seen.text).toBe(200)
    expect(seen.headers.get('cache-control')).toBe('no-store')
    const session = JSON.parse(seen.text)
    expect(session).toMatchObject({token_type: 'Bearer', user: {email: 'ana@example.com', role: 'agent'}})
    const me = await fetch(`${api()}/auth/me`, {headers: {authorization: `Bearer ${session.access_token}`}})
    expect(await me.json()).toMatchObject({kind: 'user', tenant_id: tenant})
    expect((await post('/auth/refresh', {refresh_token: session.refresh_token})).status).toBe(200)
    const {user, audit} = await control().read(async (db) => ({
      user: await db.selectFrom('users').selectAll().where('email', '=', 'ana@example.com').executeTakeFirstOrThrow(),
      audit: await db.selectFrom('audit_log').selectAll().where('action', 'like', 'auth.oidc%').orderBy('id').execute(),
    }))
    expect(user.last_login).not.toBeNull()
    expect(audit.map(({action, resource_id, tenant_id, origin}) => [action, resource_id, tenant_id, origin])).toEqual([
      ['auth.oidc_callback', user.id, tenant, '127.0.0.1'],
      ['auth.oidc_token', user.id, tenant, '127.0.0.1'],
    ])
  })

  it('keeps its cookie where only the way back reads it, and tells nothing of the secret', async () => {
    const start = await fetch(`${api()}/auth/oidc/start`, {redirect: 'manual'})
    const cookie = start.headers.get('set-cookie') ?? ''
    expect(cookie).toMatch(/^pytake_sign_in=v1:\S+; Path=\/api\/v1\/auth\/oidc; HttpOnly; SameSite=Lax; Max-Age=600$/)
    const to = new URL(start.headers.get('location') ?? '')
    expect(to.searchParams.get('code_challenge_method')).toBe('S256')
    for (const name of ['state', 'nonce', 'code_challenge']) expect(to.searchParams.get(name)).toMatch(/^[\w-]{43}$/)
    expect(cookie + to.href).not.toContain(CLIENT_SECRET)
    expect(cookie).not.toContain(to.searchParams.get('state'))
  })

  it.each<[Login, number, RegExp]>([
    ['unverified', 403, /has not verified/],
    ['nameless', 403, /no e-mail address/],
    ['stranger', 403, /Nobody here has the address stranger@example\.com/],
    ['gone', 403, /disabled/],
  ])('refuses %s, and makes nothing of it', async (login, status, words) => {
    const before = await control().read((db) => db.selectFrom('sessions').select('id').execute())
    const seen = await new Browser().go(`${api()}/auth/oidc/start`, {login})
    expect(seen.status).toBe(status)
    expect(JSON.parse(seen.text).error.message).toMatch(words)
    const after = await control().read(async (db) => [
      await db.selectFrom('sessions').select('id').execute(),
      await db.selectFrom('users').select('id').where('email', '=', 'stranger@example.com').execute(),
    ])
    expect(after).toEqual([before, []])
  })

  it('is over for a callback that fits no start: another state, another browser, a code or cookie used before', async () => {
    const browser = new Browser()
    const {url: back} = await browser.go(`${api()}/auth/oidc/start`, {login: 'ana', until: callback()})
    const cookie = [...(browser.cookies.get(new URL(server.url).host) ?? [])].map((pair) => pair.join('=')).join()
    const ask = async (url: string, headers: Record<string, string>) => {
      const answer = await fetch(url, {headers})
      return [answer.status, JSON.stringify(await answer.json())] as const
    }
    const altered = back.replace(/state=[^&]+/, 'state=another')
    expect(await ask(altered, {cookie})).toEqual([400, expect.stringContaining('not begun in this browser')])
    expect(await ask(back, {})).toEqual([400, expect.stringContaining('not begun in this browser')])
    expect((await ask(back, {cookie: `${cookie.slice(0, -9)}AAAAAAAA=`}))[0], 'altered').toBe(400)
    const other = await fetch(`${api()}/auth/oidc/start`, {redirect: 'manual'})
    const foreign = other.headers.get('set-cookie')?.split(';')[0] ?? ''
    expect((await ask(back, {cookie: foreign}))[0], 'of another browser').toBe(400)
    expect((await ask(back, {cookie}))[0], 'the right one').toBe(200)
    expect(await ask(back, {cookie}), 'the same code again').toEqual([401, expect.stringContaining('invalid_grant')])
  })

  it('refuses an ID token that was made for another sign-in', async () => {
    const browser = new Browser()
    const {url: to} = await browser.go(`${api()}/auth/oidc/start`, {login: 'ana', until: `http://127.0.0.1:${port}`})
    const altered = new URL(to)
    altered.searchParams.set('nonce', 'a-nonce-of-somebody-else')
    const seen = await browser.go(altered.href, {login: 'ana'})
    expect(seen.status).toBe(401)
    expect(seen.text).toContain('does not fit this sign-in')
  })

  it('says what the provider said when it refused', async () => {
    const browser = new Browser()
    const {url: to} = await browser.go(`${api()}/auth/oidc/start`, {login: 'ana', until: `http://127.0.0.1:${port}`})
    const altered = new URL(to)
    altered.searchParams.set('prompt', 'none')
    const seen = await browser.go(altered.href, {login: 'ana'})
    expect(seen.status).toBe(401)
    expect(seen.text).toContain('login_required')
  })

  it('redeems the invitation of who signs in, once, on the plan of the tenant', async () => {
    await invoke(server.runtime, inviteUser, {email: 'guest@example.com', role: 'viewer'}, {...shell, tenant})
    const sign = async () => JSON.parse((await new Browser().go(`${api()}/auth/oidc/start`, {login: 'guest'})).text)
    const first = await sign()
    expect(first.user).toMatchObject({role: 'viewer', name: 'Guest Who Is Invited', tenant_id: tenant})
    expect((await sign()).user.id).toBe(first.user.id)
    expect((await post('/auth/login', {email: 'guest@example.com', password: PASSWORD})).status).toBe(401)
  })

  describe('for a program on the same machine', () => {
    const begin = (verifier: string, state = 'state-of-the-program') =>
      `${api()}/auth/oidc/start?${new URLSearchParams({
        redirect_uri: PROGRAM,
        code_challenge: challengeOf(verifier),
        state,
      }).toString()}`
    const newVerifier = () => systemRandom.bytes(32).toString('base64url')
    const signedIn = async (verifier: string, login: Login = 'ana') => {
      const {url} = await new Browser().go(begin(verifier), {login, until: PROGRAM})
      return new URL(url).searchParams
    }

    it('ends with a code in the address and never a token; the code is good once, with its verifier', async () => {
      const verifier = newVerifier()
      const answer = await signedIn(verifier)
      expect([...answer.keys()].sort()).toEqual(['code', 'state'])
      expect(answer.get('state')).toBe('state-of-the-program')
      const code = answer.get('code') ?? ''
      expect(code).toMatch(/^pyo_/)
      expect((await post('/auth/oidc/token', {code, code_verifier: newVerifier()})).status).toBe(401)
      const session = await post('/auth/oidc/token', {code, code_verifier: verifier})
      expect(session.status).toBe(200)
      expect(await session.json()).toMatchObject({user: {email: 'ana@example.com'}})
      expect((await post('/auth/oidc/token', {code, code_verifier: verifier})).status).toBe(401)
      const kept = await control().read((db) => db.selectFrom('one_time_tokens').selectAll().execute())
      expect(JSON.stringify(kept)).not.toContain(code)
      expect(kept.map(({hash}) => hash)).not.toContain(createHash('sha256').update(code).digest('hex'))
    })

    it('tells a refusal to the program too', async () => {
      const answer = await signedIn(newVerifier(), 'stranger')
      expect(Object.fromEntries(answer)).toEqual({
        error: 'FORBIDDEN',
        error_description: expect.stringContaining('stranger@example.com'),
        state: 'state-of-the-program',
      })
    })

    it('is not begun for an address elsewhere, nor by halves', async () => {
      const given = {redirect_uri: PROGRAM, code_challenge: challengeOf(newVerifier()), state: 'x'.repeat(20)}
      const status = async (query: Record<string, string>) =>
        (await fetch(`${api()}/auth/oidc/start?${new URLSearchParams(query).toString()}`, {redirect: 'manual'})).status
      expect(await status(given)).toBe(302)
      for (const redirect_uri of [
        'https://evil.example.com/',
        'http://evil.example.com/',
        'http://127.0.0.1.evil.example.com/',
        'http://127.0.0.1@evil.example.com/',
        'http://localhost:9/',
        'javascript:alert(1)',
      ]) {
        expect(await status({...given, redirect_uri}), redirect_uri).toBe(422)
      }
      expect(await status({redirect_uri: PROGRAM})).toBe(422)
      expect(await status({...given, code_challenge: 'short'})).toBe(422)
      expect(await status({...given, next: '/'})).toBe(422)
    })

    it('is refused when the user or the company was stopped in between', async () => {
      const other = await addCompany(server.runtime, 'Outra')
      await invoke(
        server.runtime,
        inviteUser,
        {email: 'stranger@example.com', role: 'agent'},
        {...shell, tenant: other},
      )
      const verifier = newVerifier()
      const code = (await signedIn(verifier, 'stranger')).get('code') ?? ''
      await invoke(server.runtime, suspendTenant, {id: other}, shell)
      const refused = await post('/auth/oidc/token', {code, code_verifier: verifier})
      expect([refused.status, (await refused.text()).includes('suspended')]).toEqual([403, true])
    })
  })
})
