import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {login} from '../../src/operations/auth.ts'
import {invoke} from '../../src/operations/invoke.ts'
import {isAllowed} from '../../src/operations/permissions.ts'
import {operations} from '../../src/operations/registry.ts'
import {grants, scopesOfRole} from '../../src/operations/roles.ts'
import {createTokenOperation} from '../../src/operations/tokens.ts'
import {type Role, roleNames} from '../../src/users/users.ts'
import {startApi, type TestServer} from '../support/server.ts'
import {addCompany, addUser, nobody, PASSWORD, shell} from '../support/signing-in.ts'
import {makePlace, type Place} from '../support/stores.ts'

const all = Object.values(operations)
const closed = all.filter(({permission}) => permission !== 'nobody')
const writing = all.filter(({method}) => method === 'POST' || method === 'PUT')

describe('every operation', () => {
  let place: Place
  let server: TestServer
  let mine: string
  let theirs: string
  let expired: string
  let narrow: string
  const tokens = {} as Record<Role, string>
  const counted = ['users', 'api_tokens', 'tenants', 'one_time_tokens'] as const

  beforeAll(async () => {
    place = await makePlace('sqlite')
    server = await startApi(place.env())
    const {runtime} = server
    mine = await addCompany(runtime, 'Minha')
    theirs = await addCompany(runtime, 'Deles')
    for (const role of roleNames) {
      const email = `${role}@example.com`
      await addUser(runtime, mine, email, role)
      tokens[role] = (await invoke(runtime, login, {email, password: PASSWORD}, nobody)).access_token
    }
    const caller = {...shell, tenant: mine}
    const input = {name: 'old', expires_in: '1h'}
    const made = await invoke(runtime, createTokenOperation, input, caller)
    const past = {id: made.id, expires_at: new Date(Date.now() - 1)}
    await runtime.stores.control.write((tx) => tx.update('api_tokens', ['id'], [past]))
    expired = made.token
    narrow = (await invoke(runtime, createTokenOperation, {name: 'n', scopes: ['jobs:read']}, caller)).token
  })
  afterAll(async () => {
    await server.close()
    await place.remove()
  })

  const ask = async (
    {method, path}: {method: string; path: string},
    {headers = {}, body}: {headers?: Record<string, string>; body?: string} = {},
  ) => {
    const address = path.replace(/\{\w+\}/g, '0192aaaa-0000-7000-8000-00000000000e')
    const isJson = method === 'POST' || method === 'PUT'
    const answer = await fetch(`${server.url}/api/v1${address}`, {
      method,
      headers: {...(isJson ? {'content-type': 'application/json'} : {}), ...headers},
      body: isJson ? (body ?? '{}') : undefined,
    })
    const text = await answer.text()
    return {status: answer.status, text, headers: answer.headers}
  }
  const bearer = (token: string) => ({authorization: `Bearer ${token}`})
  const counts = async () =>
    Promise.all(
      counted.map((table) =>
        server.runtime.stores.control.read(async (db) => (await db.selectFrom(table).selectAll().execute()).length),
      ),
    )

  it('is closed to who has no token, an old one, a made-up one, or one in the address', async () => {
    for (const one of closed) {
      for (const headers of [{}, bearer(expired), bearer('pyt_made_up'), bearer(`${tokens.admin}x`), bearer('a.b.c')]) {
        expect((await ask(one, {headers})).status, one.id).toBe(401)
      }
      expect((await ask({...one, path: `${one.path}?token=${tokens.admin}`})).status, one.id).toBe(401)
    }
  })

  it('is refused to roles and scopes that lack its permission, and to no others', async () => {
    const before = await counts()
    for (const {permission, ...one} of closed) {
      if (permission === 'somebody' || permission === 'nobody') continue
      for (const role of roleNames) {
        const isGranted = grants[permission].includes(role) && permission !== 'tenants:manage'
        // Nobody is signed out or changed by an answer that is only looked at for its refusal.
        if (isGranted && one.method !== 'GET') continue
        const {status} = await ask(one, {headers: bearer(tokens[role])})
        if (isGranted) expect([401, 403], `${one.id} ${role}`).not.toContain(status)
        else expect(status, `${one.id} ${role}`).toBe(403)
      }
      if (permission !== 'jobs:read') expect((await ask(one, {headers: bearer(narrow)})).status, one.id).toBe(403)
    }
    expect(await counts()).toEqual(before)
  })

  it('never leads to another tenant, and does not tell whether there is one', async () => {
    for (const one of closed.filter(({scope}) => scope === 'tenant')) {
      const answers = []
      for (const tenant of [theirs, 'Deles', '0192aaaa-0000-7000-8000-0000000000ff', 'Ninguem']) {
        const headers = {...bearer(tokens.admin), 'x-pytake-tenant': tenant}
        const {status, text} = await ask(one, {headers})
        answers.push(`${status} ${text.replaceAll(tenant, 'T').replace(/req_[\w-]+/, '')}`)
      }
      // Input is looked at first, where there is something wrong with it.
      expect(answers[0], one.id).toMatch(/^(403|422) /)
      expect(new Set(answers).size, one.id).toBe(1)
    }
    for (const path of [`/tenants/${theirs}`, '/tenants/0192aaaa-0000-7000-8000-0000000000ff']) {
      expect((await ask({method: 'GET', path}, {headers: bearer(tokens.admin)})).status).toBe(404)
    }
  })

  it('refuses what is no JSON, no object, nested without end, or of another type', async () => {
    const wrong: [number, string, Record<string, string>?][] = [
      [400, '{'],
      [400, '[]'],
      [400, '"x"'],
      [400, `${'['.repeat(70)}${']'.repeat(70)}`],
      [415, 'a=b', {'content-type': 'application/x-www-form-urlencoded'}],
      [415, '<a/>', {'content-type': 'text/xml'}],
    ]
    const before = await counts()
    for (const one of writing) {
      for (const [status, body, more = {}] of wrong) {
        const answer = await ask(one, {headers: {...bearer(tokens.admin), ...more}, body})
        expect(answer.status, `${one.id} ${body.slice(0, 9)}`).toBe(status)
      }
    }
    expect(await counts()).toEqual(before)
  })

  it('refuses fields that are not its own, whatever they are called', async () => {
    const extras = ['is_admin', 'tenant_id', 'password_hash', 'constructor', 'platform_id']
    for (const one of writing) {
      const allowed = one.permission === 'nobody' || one.permission === 'somebody' ? undefined : one.permission
      if (allowed === 'tenants:manage') continue
      const body = JSON.stringify(Object.fromEntries(extras.map((name) => [name, 'x'])))
      const {status, text} = await ask(one, {headers: bearer(tokens.admin), body})
      expect(status, `${one.id} ${text}`).toBe(422)
      expect(text, one.id).toContain('is_admin')
    }
  })

  it('carries the headers that browsers keep to, and opens to no other origin', async () => {
    const {headers} = await ask(
      {method: 'GET', path: '/auth/me'},
      {headers: {origin: 'https://evil.example', ...bearer(tokens.viewer)}},
    )
    expect(headers.get('access-control-allow-origin')).toBeNull()
    expect(Object.fromEntries(headers)).toMatchObject({
      'x-content-type-options': 'nosniff',
      'referrer-policy': 'no-referrer',
      'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
      'x-request-id': expect.stringMatching(/^req_/),
      'x-ratelimit-limit': expect.any(String),
      'x-ratelimit-remaining': expect.any(String),
    })
  })
})

it('a role may do what the one below it may', () => {
  const scopes = roleNames.map((role) => ({role, scopes: scopesOfRole(role)}))
  for (const [n, {role, scopes: own}] of scopes.entries()) {
    const above = scopes[n - 1]
    if (!above) continue
    const principal = {kind: 'user', name: 'u', tenantId: 't', platform: false, scopes: above.scopes} as const
    for (const scope of own) {
      expect(isAllowed(principal, scope as never), `${above.role} lacks ${scope} of ${role}`).toBe(true)
    }
  }
  expect(scopesOfRole('owner')).toEqual([])
})
