import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {parseConfig} from '../../src/base/config.ts'
import {openHub} from '../../src/realtime/hub.ts'
import {createToken} from '../../src/users/tokens.ts'
import {connect} from '../realtime/client.ts'
import {startApi, type TestServer} from '../support/server.ts'
import {makePlace, type Place} from '../support/stores.ts'

const ORIGIN = 'https://app.example.com'

describe('a page of another origin', () => {
  let place: Place
  let closed: TestServer
  let opened: TestServer
  let token: string

  beforeAll(async () => {
    place = await makePlace('sqlite')
    closed = await startApi(place.env())
    opened = await startApi({...place.env(), API_CORS_ORIGINS: `${ORIGIN}, http://localhost:3000`})
    const {runtime} = closed
    const made = await createToken(runtime, runtime.stores.control, {
      ...{id: runtime.ids.next(), tenantId: null, name: 'page', scopes: ['*'], platform: true},
      ...{expiresAt: null, createdBy: 'test'},
    })
    token = made.token
  })
  afterAll(async () => {
    await opened.close()
    await closed.close()
    await place.remove()
  })

  const ask = (server: TestServer, method: string, headers: Record<string, string>) =>
    fetch(`${server.url}/api/v1/tenants`, {method, headers})
  const preflight = (server: TestServer, origin: string) =>
    ask(server, 'OPTIONS', {
      ...{origin, 'access-control-request-method': 'POST'},
      'access-control-request-headers': 'authorization,content-type',
    })
  const allowed = ({headers}: Response) => headers.get('access-control-allow-origin')

  it('gets no leave where none is named', async () => {
    const asked = await preflight(closed, ORIGIN)
    expect(asked.status).toBe(404)
    expect([...asked.headers.keys()].filter((name) => name.startsWith('access-control'))).toEqual([])
    const read = await ask(closed, 'GET', {origin: ORIGIN, authorization: `Bearer ${token}`})
    expect(read.status).toBe(200)
    expect(allowed(read)).toBeNull()
  })

  it('may call when its origin is named, and reads the headers of answers', async () => {
    const asked = await preflight(opened, ORIGIN)
    expect(asked.status).toBe(204)
    expect(Object.fromEntries(asked.headers)).toMatchObject({
      'access-control-allow-origin': ORIGIN,
      'access-control-allow-methods': 'GET, HEAD, POST, PUT, DELETE',
      'access-control-allow-headers': expect.stringContaining('authorization, content-type, idempotency-key') as string,
      'access-control-max-age': '600',
      vary: 'Origin',
    })
    expect(asked.headers.get('access-control-allow-credentials')).toBeNull()
    const read = await ask(opened, 'GET', {origin: ORIGIN, authorization: `Bearer ${token}`})
    expect(read.status).toBe(200)
    expect(allowed(read)).toBe(ORIGIN)
    expect(read.headers.get('access-control-expose-headers')).toContain('etag')
    const refused = await ask(opened, 'GET', {origin: 'http://localhost:3000'})
    expect(refused.status, 'leave is no token').toBe(401)
    expect(allowed(refused)).toBe('http://localhost:3000')
  })

  it.each([
    'https://evil.example',
    'http://app.example.com',
    'https://app.example.com:444',
    'https://app.example.com.evil.example',
    'https://evil-app.example.com',
    'HTTPS://APP.EXAMPLE.COM',
    'null',
  ])('gets none as %s', async (origin) => {
    expect(allowed(await preflight(opened, origin))).toBeNull()
    expect(allowed(await ask(opened, 'GET', {origin, authorization: `Bearer ${token}`}))).toBeNull()
  })

  it('leaves what is stored on the way told apart by origin and by encoding', async () => {
    for (let n = 0; n < 8; n++) {
      const body = JSON.stringify({name: `Empresa ${n}`})
      const headers = {'content-type': 'application/json', authorization: `Bearer ${token}`}
      await fetch(`${opened.url}/api/v1/tenants`, {method: 'POST', headers, body})
    }
    const read = await ask(opened, 'GET', {origin: ORIGIN, authorization: `Bearer ${token}`})
    expect(read.headers.get('vary')).toBe('Origin, accept-encoding')
  })

  it('does not reach what is for machines', async () => {
    for (const path of ['/health/live', '/openapi.json']) {
      const answer = await fetch(`${opened.url}${path}`, {headers: {origin: ORIGIN}})
      expect(answer.status, path).toBe(200)
      expect(allowed(answer), path).toBeNull()
    }
  })
})

describe('a WebSocket', () => {
  let place: Place
  let server: TestServer
  let close: () => Promise<void>

  beforeAll(async () => {
    place = await makePlace('sqlite')
    const {createServer} = await import('node:http')
    const http = createServer()
    server = await startApi(place.env())
    const hub = openHub(http, {runtime: server.runtime, origins: [ORIGIN]})
    await new Promise<void>((resolve) => http.listen(0, '127.0.0.1', resolve))
    const address = http.address()
    if (address === null || typeof address === 'string') throw new Error('It does not listen.')
    server = {...server, url: `http://127.0.0.1:${address.port}`}
    close = async () => {
      await hub.close()
      await new Promise((resolve) => http.close(resolve))
    }
  })
  afterAll(async () => {
    await close()
    await server.close()
    await place.remove()
  })

  it('is open to pages of the same list, and to programs', async () => {
    for (const headers of [{origin: ORIGIN}, {}] as Record<string, string>[]) {
      const client = await connect(server.url, {headers})
      client.send({type: 'ping'})
      await client.frame('pong')
      await client.close()
    }
  })

  it.each(['https://evil.example', 'http://app.example.com', 'null', ''])(
    'is closed to pages of %s',
    async (origin) => {
      await expect(connect(server.url, {headers: {origin}})).rejects.toThrow('403')
    },
  )
})

describe('API_CORS_ORIGINS', () => {
  it('is a list of origins', () => {
    const {corsOrigins} = parseConfig({API_CORS_ORIGINS: ` ${ORIGIN} ,http://localhost:3000,`})
    expect(corsOrigins).toEqual([ORIGIN, 'http://localhost:3000'])
    expect(parseConfig({}).corsOrigins).toEqual([])
  })

  it.each([
    ['*', 'write one such as https://app.example.com'],
    ['null', 'such as'],
    ['app.example.com', 'such as'],
    ['https://*.example.com', '"https://*.example.com" is no origin'],
    ['https://app.example.com/', 'write one as https://app.example.com'],
    ['https://App.example.com', 'write one as https://app.example.com'],
    ['https://app.example.com:443', 'write one as https://app.example.com'],
    ['ftp://app.example.com', 'such as'],
  ])('refuses %s', (value, words) => {
    expect(() => parseConfig({API_CORS_ORIGINS: value})).toThrow(words)
  })
})
