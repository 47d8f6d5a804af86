import {request as httpRequest} from 'node:http'
import {connect} from 'node:net'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {openMetrics} from '../../src/observability/metrics.ts'
import {localClient} from '../../src/operations/local.ts'
import {createTenantOperation} from '../../src/operations/tenants.ts'
import {createTokenOperation} from '../../src/operations/tokens.ts'
import {startApi, testRuntime, type TestServer} from '../support/server.ts'
import {makePlace, type Place} from '../support/stores.ts'

let place: Place
let server: TestServer
let platform: string
let own: string
let narrow: string
let tenantId: string
let otherId: string
let ready = true
const received: Buffer[] = []

interface Answer {
  status: number
  headers: Record<string, string | string[] | undefined>
  body: ReturnType<JSON['parse']>
}

function ask(
  method: string,
  path: string,
  options: {token?: string; headers?: Record<string, string>; body?: string | Buffer} = {},
): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const headers = {
      ...(options.token ? {authorization: `Bearer ${options.token}`} : {}),
      ...(options.body === undefined ? {} : {'content-type': 'application/json'}),
      ...options.headers,
    }
    const request = httpRequest(`${server.url}${path}`, {method, headers}, (response) => {
      const chunks: Buffer[] = []
      response.on('data', (chunk: Buffer) => chunks.push(chunk))
      response.on('end', () => {
        const text = Buffer.concat(chunks).toString()
        const isJson = String(response.headers['content-type']).includes('json')
        resolve({status: response.statusCode ?? 0, headers: response.headers, body: isJson ? JSON.parse(text) : text})
      })
    })
    request.on('error', reject)
    request.end(options.body)
  })
}

beforeAll(async () => {
  place = await makePlace('sqlite')
  server = await startApi(place.env(), {
    metrics: await openMetrics(),
    health: [{name: 'store', check: () => (ready ? Promise.resolve('fine') : Promise.reject(new Error('gone')))}],
    registerWebhooks(scope) {
      scope.post('/api/v1/whatsapp/webhook', (request) => {
        received.push(request.body as Buffer)
        return {}
      })
    },
  })
  const shell = localClient(server.runtime, {osUser: 'tester'})
  tenantId = (await shell.call(createTenantOperation, {name: 'Uma', plan: 'growth'})).id
  otherId = (await shell.call(createTenantOperation, {name: 'Outra'})).id
  const inTenant = localClient(server.runtime, {osUser: 'tester', tenant: 'Uma'})
  platform = (await shell.call(createTokenOperation, {name: 'all', platform: true})).token
  own = (await inTenant.call(createTokenOperation, {name: 'own'})).token
  narrow = (await inTenant.call(createTokenOperation, {name: 'narrow', scopes: ['tenants:read']})).token
})
afterAll(async () => {
  await server.close()
  await place.remove()
})

describe('errors', () => {
  const deep = '['.repeat(70) + ']'.repeat(70)
  const cases: [string, string, string, Parameters<typeof ask>[2] & object, number, string][] = [
    ['no token', 'GET', '/tenants', {}, 401, 'UNAUTHORIZED'],
    ['a token of another kind', 'GET', '/tenants', {headers: {authorization: 'Basic eDp5'}}, 401, 'UNAUTHORIZED'],
    ['a mistyped token', 'GET', '/tenants', {token: 'pyt_x'}, 401, 'UNAUTHORIZED'],
    ['no such address', 'GET', '/nothing', {}, 404, 'NOT_FOUND'],
    ['no JSON', 'POST', '/tenants', {body: '{"name":'}, 400, 'BAD_REQUEST'],
    ['JSON that is no object', 'POST', '/tenants', {body: '3'}, 400, 'BAD_REQUEST'],
    ['a list for an object', 'POST', '/tenants', {body: '[]'}, 400, 'BAD_REQUEST'],
    ['JSON nested too deep', 'POST', '/tenants', {body: `{"name": ${deep}}`}, 400, 'BAD_REQUEST'],
    [
      'another content type',
      'POST',
      '/tenants',
      {body: 'name=x', headers: {'content-type': 'text/plain'}},
      415,
      'UNSUPPORTED_TYPE',
    ],
    ['a body over the limit', 'POST', '/tenants', {body: Buffer.alloc(4 * 2 ** 20 + 1, 32)}, 413, 'TOO_LARGE'],
    ['a field that is none', 'POST', '/tenants', {body: '{"name":"x","colour":"red"}'}, 422, 'VALIDATION_ERROR'],
    [
      'a tenant header that cannot be read',
      'GET',
      '/secrets',
      {headers: {'x-pytake-tenant': '%zz'}},
      400,
      'BAD_REQUEST',
    ],
    ['an address that is no URL', 'GET', '/tenants/%zz', {}, 400, 'BAD_REQUEST'],
  ]
  it.each(cases)('%s', async (...[, method, path, options, status, code]) => {
    const anonymous = status === 401
    const answer = await ask(method, `/api/v1${path}`, {...(anonymous ? {} : {token: platform}), ...options})
    expect(answer).toMatchObject({status, body: {error: {code, request_id: expect.stringMatching(/^req_[\w-]+$/)}}})
    expect(answer.body.error.details).toBeInstanceOf(Array)
    expect(answer.headers['x-request-id']).toBe(answer.body.error.request_id)
    expect((await ask('GET', '/health/live')).status).toBe(200)
  })

  it('name every field that is wrong', async () => {
    const body = JSON.stringify({name: '', plan: 'gold', limits: {users: -1}})
    const {body: answer} = await ask('POST', '/api/v1/tenants', {token: platform, body})
    expect(answer.error.details.map((detail: {field: string}) => detail.field)).toEqual([
      'name',
      'plan',
      'limits.users',
    ])
  })

  it('name the first of very many, and say how many more there are', async () => {
    const many = Object.fromEntries(Array.from({length: 20_000}, (_, n) => [`k${n}`, n]))
    const {status, body} = await ask('POST', '/api/v1/tenants', {token: platform, body: JSON.stringify(many)})
    expect(status).toBe(422)
    expect(body.error.details).toHaveLength(51)
    expect(body.error.details.at(-1).message).toBe('and 19951 more')
    expect(JSON.stringify(body).length).toBeLessThan(10_000)
  })

  it('say what is wrong and not that it is missing, nor in words of a library', async () => {
    const said = async (query: string) =>
      (await ask('GET', `/api/v1/contacts?${query}`, {token: own})).body.error.message as string
    expect(await said('ids=x')).toMatch(/^ids\.0: invalid UUID/)
    expect(await said('page=1&page=2')).toBe('page: must be a whole number')
    expect(await said('limit=many')).toBe('limit: must be a whole number')
    expect(await said('count=maybe')).toBe('count: must be true or false')
    const body = JSON.stringify({phone: '+5511999990001', attributes: {a: {b: 1}}})
    const {body: answer} = await ask('POST', '/api/v1/contacts', {token: own, body})
    expect(answer.error.message).toMatch(/^attributes\.a: must be text/)
  })

  it('tell whoever sends another encoding, instead of keeping question marks', async () => {
    const body = Buffer.from('{"phone": "+5511999990001", "name": "Jos\u00e9"}', 'latin1')
    const {status, body: answer} = await ask('POST', '/api/v1/contacts', {token: own, body})
    expect([status, answer.error.message]).toEqual([400, 'The body is not UTF-8.'])
  })

  /** What is answered to these very bytes, until the server hangs up. */
  const say = (sent: string) =>
    new Promise<string>((resolve) => {
      const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => socket.write(sent))
      let text = ''
      socket.on('data', (chunk) => (text += chunk.toString()))
      socket.on('close', () => resolve(text))
    })

  it.each([
    ['what is no HTTP', 'NOT HTTP\r\n\r\n', 'The request is not HTTP.'],
    [
      'headers without end',
      `GET / HTTP/1.1\r\nhost: x\r\nx: ${'a'.repeat(20_000)}\r\n\r\n`,
      'Address and headers are larger than 16 KB.',
    ],
    [
      'a request that names no host',
      'GET /api/v1/tenants HTTP/1.1\r\nconnection: close\r\n\r\n',
      'The request names no host: HTTP/1.1 wants the header Host.',
    ],
  ])('answer in the envelope even to %s', async (_what, sent, message) => {
    const answer = await say(sent)
    expect(answer).toMatch(/^HTTP\/1.1 400 /)
    expect(JSON.parse(answer.split('\r\n\r\n')[1] ?? '')).toMatchObject({error: {code: 'BAD_REQUEST', message}})
  })

  it('pass over what is expected and not known', async () => {
    const answer = await say('GET /api/v1/tenants HTTP/1.1\r\nhost: x\r\nexpect: wonders\r\nconnection: close\r\n\r\n')
    expect(answer).toMatch(/^HTTP\/1.1 401 [^]*"code":"UNAUTHORIZED"/)
  })

  it('reach a caller who is still writing a body that is too large', async () => {
    const size = 4 * 2 ** 20 + 100_000
    const head = `POST /api/v1/tenants HTTP/1.1\r\nhost: x\r\nauthorization: Bearer ${platform}\r\ncontent-type: application/json\r\ncontent-length: ${size}\r\n\r\n`
    const ask = () =>
      new Promise<string>((resolve) => {
        const socket = connect(Number(new URL(server.url).port), '127.0.0.1', () => {
          socket.write(head)
          socket.write(Buffer.alloc(size, 32), () => setTimeout(() => socket.end(), 50))
        })
        let text = ''
        socket.on('data', (chunk) => (text += chunk.toString()))
        socket.on('error', (error) => (text = error.message))
        socket.on('close', () => resolve(text.slice(0, 12)))
      })
    expect(await Promise.all(Array.from({length: 8}, ask))).toEqual(Array(8).fill('HTTP/1.1 413'))
  })
})

describe('who may do what', () => {
  it.each([
    ['a tenant sees itself only', 'GET', () => '/tenants', () => own, undefined, 200],
    ['a tenant does not see another', 'GET', () => `/tenants/${otherId}`, () => own, undefined, 404],
    ['a tenant cannot create tenants', 'POST', () => '/tenants', () => own, {name: 'x'}, 403],
    ['a tenant cannot raise its limits', 'PUT', () => `/tenants/${tenantId}`, () => own, {limits: {users: 99}}, 403],
    [
      'a tenant may change its settings',
      'PUT',
      () => `/tenants/${tenantId}`,
      () => own,
      {settings: {currency: 'USD'}},
      200,
    ],
    ['a token does what its scopes say', 'GET', () => `/tenants/${tenantId}`, () => narrow, undefined, 200],
    ['and nothing else', 'GET', () => '/secrets', () => narrow, undefined, 403],
    ['a token makes none that may do more', 'POST', () => '/tokens', () => narrow, {name: 'x'}, 403],
    ['nor one for the platform', 'POST', () => '/tokens', () => platform, {name: 'x', platform: true}, 403],
  ])('%s', async (...[, method, path, token, body, status]) => {
    const options = {token: token(), ...(body ? {body: JSON.stringify(body)} : {})}
    const answer = await ask(method, `/api/v1${path()}`, options)
    expect(answer.status).toBe(status)
    if (path() === '/tenants' && method === 'GET') expect(answer.body.data).toMatchObject([{id: tenantId}])
  })

  it('a tenant cannot name another in the header', async () => {
    const named = {'x-pytake-tenant': otherId}
    expect((await ask('GET', '/api/v1/secrets', {token: own, headers: named})).status).toBe(403)
    expect((await ask('GET', '/api/v1/secrets', {token: platform, headers: named})).status).toBe(200)
  })

  it('nobody learns the id of another tenant by taking its name', async () => {
    const {body: other} = await ask('GET', `/api/v1/tenants/${otherId}`, {token: platform})
    const body = JSON.stringify({name: other.name})
    const refused = await ask('PUT', `/api/v1/tenants/${tenantId}`, {token: own, body})
    expect(refused.status).toBe(409)
    expect(JSON.stringify(refused.body)).not.toContain(otherId)
  })

  it('a suspended tenant is locked out until it is taken up again', async () => {
    await ask('POST', `/api/v1/tenants/${tenantId}/suspend`, {token: platform})
    expect((await ask('GET', '/api/v1/secrets', {token: own})).status).toBe(403)
    await ask('POST', `/api/v1/tenants/${tenantId}/resume`, {token: platform})
    expect((await ask('GET', '/api/v1/secrets', {token: own})).status).toBe(200)
  })
})

describe('the rest of the surface', () => {
  it('tells live from ready', async () => {
    expect(await ask('GET', '/health/live')).toMatchObject({status: 200, body: {status: 'ok'}})
    expect((await ask('GET', '/health/ready')).body.checks).toEqual([{name: 'store', ok: true, message: 'fine'}])
    ready = false
    expect(await ask('GET', '/health/ready')).toMatchObject({
      status: 503,
      body: {status: 'not ready', checks: [{name: 'store', ok: false, message: 'gone'}]},
    })
    ready = true
  })

  it('measures by route pattern, never by address', async () => {
    await ask('GET', `/api/v1/tenants/${tenantId}`, {token: own})
    const {body} = await ask('GET', '/metrics')
    expect(body).toContain('pytake_http_requests_total{method="GET",route="/api/v1/tenants/:id",status="200"}')
    expect(body).not.toContain(tenantId)
  })

  it('hands webhooks over as the bytes that came, without a token', async () => {
    const body = '{ "a" : "\\u00e9" }'
    expect((await ask('POST', '/api/v1/whatsapp/webhook', {body})).status).toBe(200)
    expect(received.at(-1)).toEqual(Buffer.from(body))
    const form = {body: 'a=1', headers: {'content-type': 'application/x-www-form-urlencoded'}}
    expect(await ask('POST', '/api/v1/whatsapp/webhook', form)).toMatchObject({
      status: 415,
      body: {error: {code: 'UNSUPPORTED_TYPE'}},
    })
  })

  it('tells where what was made can be read', async () => {
    const body = JSON.stringify({phone: '+5511987650042'})
    const made = await ask('POST', '/api/v1/contacts', {token: own, body})
    expect(made).toMatchObject({status: 201, headers: {location: `/api/v1/contacts/${made.body.id}`}})
    const read = await ask('GET', String(made.headers.location), {token: own})
    expect([read.status, read.body]).toEqual([200, made.body])
  })

  it('answers with headers that keep browsers out', async () => {
    const {headers} = await ask('GET', '/health/live')
    expect(headers).toMatchObject({
      'x-content-type-options': 'nosniff',
      'cache-control': 'no-store',
      'content-security-policy': expect.stringContaining("default-src 'none'"),
    })
  })

  it('holds each caller to their own rate whatever others at their address guess, and leaves webhooks and health alone', async () => {
    const limited = await startApi(
      {...place.env(), RATE_LIMIT_PER_SECOND: '1', RATE_LIMIT_BURST: '3'},
      {
        registerWebhooks: (scope) => void scope.post('/api/v1/whatsapp/webhook', () => ({})),
      },
    )
    const get = async (path: string, token?: string) => {
      const headers = token ? {authorization: `Bearer ${token}`} : undefined
      const answer = await fetch(`${limited.url}${path}`, {headers})
      await answer.arrayBuffer()
      return answer
    }
    const statuses = []
    for (let i = 0; i < 4; i++) statuses.push((await get('/api/v1/tenants', own)).status)
    expect(statuses).toEqual([200, 200, 200, 429])
    const refused = await get('/api/v1/tenants', own)
    expect(refused.headers.get('retry-after')).toBe('1')
    expect(refused.headers.get('x-ratelimit-remaining')).toBe('0')
    expect((await get('/api/v1/tenants', narrow)).status).toBe(200)
    for (let i = 0; i < 3; i++) expect((await get('/api/v1/tenants')).status).toBe(401)
    expect((await get('/api/v1/tenants')).status).toBe(429)
    expect((await get('/api/v1/tenants', `${narrow}x`)).status).toBe(429)
    expect((await get('/api/v1/tenants', narrow)).status).toBe(200)
    for (let i = 0; i < 5; i++) expect((await get('/health/live')).status).toBe(200)
    await limited.close()
  })

  it('follows a revoked token within five seconds', async () => {
    let now = 1_800_000_000_000
    const clock = {now: () => now, monotonic: () => now, sleep: () => Promise.resolve()}
    const runtime = await testRuntime(place.env(), {clock})
    const {createAuthenticate} = await import('../../src/operations/authenticate.ts')
    const authenticate = createAuthenticate(runtime)
    const shell = localClient(runtime, {osUser: 'tester', tenant: 'Uma'})
    const {token, id} = await shell.call(createTokenOperation, {name: 'brief', expires_in: '1h'})
    expect(await authenticate(token)).toMatchObject({kind: 'token', name: `token:${id}`, tenantId})
    now += 3_600_001
    expect(await authenticate(token)).toBeUndefined()
    const again = await shell.call(createTokenOperation, {name: 'revoked'})
    expect(await authenticate(again.token)).toBeDefined()
    const {revokeTokenOperation} = await import('../../src/operations/tokens.ts')
    await shell.call(revokeTokenOperation, {id: again.id})
    now += 5001
    expect(await authenticate(again.token)).toBeUndefined()
    await shell.close()
  })
})
