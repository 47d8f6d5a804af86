import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {WebSocket} from 'ws'
import {transportFor} from '../../src/api/tls.ts'
import {parseConfig} from '../../src/base/config.ts'
import {startServer, type Server} from '../../src/server.ts'
import type {Runtime} from '../../src/runtime/runtime.ts'
import {makePlace, type Place} from '../support/stores.ts'
import {openTestRuntime} from '../support/world.ts'

describe('how callers reach the server', () => {
  const proxied = {API_TRUST_PROXY: '127.0.0.1'}
  const files = {API_TLS_CERT_FILE: 'c', API_TLS_KEY_FILE: 'k'}
  it.each([
    ['this machine alone, in clear', '127.0.0.1', {}, {isHttpsRequired: false}],
    ['this machine alone, by IPv6', '::1', {}, {isHttpsRequired: false}],
    ['this machine alone, by name', 'localhost', {}, {isHttpsRequired: false}],
    ['the world behind a proxy', '0.0.0.0', proxied, {isHttpsRequired: true}],
    ['the world by TLS', '0.0.0.0', files, {tls: {certFile: 'c', keyFile: 'k'}, isHttpsRequired: false}],
    ['production behind a proxy', '127.0.0.1', {...proxied, PYTAKE_ENV: 'production'}, {isHttpsRequired: true}],
  ])('%s', (_title, host, env, transport) => {
    expect(transportFor(parseConfig(env), host)).toEqual(transport)
  })

  it.each(['0.0.0.0', '::', '192.168.1.5', 'pytake.example.com'])('is never %s in clear', (host) => {
    expect(() => transportFor(parseConfig({}), host)).toThrow(/nothing here speaks https/)
  })
})

describe('behind a proxy in production', () => {
  let place: Place
  let runtime: Runtime
  let server: Server
  const https = {'x-forwarded-proto': 'https', 'x-forwarded-for': '203.0.113.7'}
  const get = async (path: string, headers: Record<string, string> = {}, method = 'GET') => {
    const answer = await fetch(`${server.url}${path}`, {headers, method})
    return {status: answer.status, body: (await answer.json().catch(() => undefined)) as {error?: {message: string}}}
  }
  beforeAll(async () => {
    place = await makePlace('sqlite')
    runtime = await openTestRuntime(place, {
      PYTAKE_ENV: 'production',
      API_TRUST_PROXY: '127.0.0.1',
      RATE_LIMIT_BURST: '5',
      RATE_LIMIT_PER_SECOND: '1',
      WHATSAPP_WEBHOOK_SECRET: 'secret',
    })
    server = await startServer(runtime, {host: '127.0.0.1', port: 0, only: [], insecureWebhooks: false})
  })
  afterAll(async () => {
    await server.stop()
    await runtime.close()
    await place.remove()
  })

  it('refuses what came to the proxy in clear, and tells what to do', async () => {
    const refused = await get('/api/v1/tenants', {'x-forwarded-proto': 'http'})
    expect(refused).toMatchObject({
      status: 403,
      body: {error: {code: 'FORBIDDEN', help: expect.stringMatching(/API_TRUST_PROXY/)}},
    })
    expect((await get('/api/v1/tenants')).status).toBe(403)
    expect((await get('/nothing')).status).toBe(403)
    expect((await get('/api/v1/tenants', https)).status).toBe(401)
  })

  it('lets a provider try again', async () => {
    expect((await get('/api/v1/whatsapp/webhook', {}, 'POST')).status).toBe(503)
    expect((await get('/api/v1/whatsapp/webhook', https, 'POST')).status).toBe(400)
  })

  it.each(['/health/live', '/health/ready', '/metrics'])('answers %s in clear too', async (path) => {
    expect((await get(path)).status).toBe(200)
  })

  const closeCode = (headers: Record<string, string>): Promise<number | string> =>
    new Promise((resolve) => {
      const socket = new WebSocket(`${server.url.replace('http', 'ws')}/ws`, {headers})
      socket.on('close', (code) => resolve(code))
      socket.on('unexpected-response', (_request, response) => resolve(`HTTP ${response.statusCode}`))
      socket.on('error', () => undefined)
    })

  it('refuses a WebSocket in clear', async () => {
    expect(await closeCode({authorization: 'Bearer pyt_x'})).toBe('HTTP 403')
  })

  it('counts guesses at tokens over HTTP and on /ws together, by the address that the proxy names', async () => {
    const from = (address: string) => ({...https, 'x-forwarded-for': address, authorization: 'Bearer pyt_x'})
    const codes = []
    for (let n = 0; n < 4; n++) codes.push(await closeCode(from('203.0.113.8')))
    expect((await get('/api/v1/tenants', from('203.0.113.8'))).status).toBe(401)
    codes.push(await closeCode(from('203.0.113.8')))
    expect(codes).toEqual([4401, 4401, 4401, 4401, 4429])
    expect((await get('/api/v1/tenants', from('203.0.113.8'))).status).toBe(429)
    expect(await closeCode(from('203.0.113.9'))).toBe(4401)
  })
})
