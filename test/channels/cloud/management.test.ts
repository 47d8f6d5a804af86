import {mkdtempSync, rmSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterAll, describe, expect, it} from 'vitest'
import {systemClock} from '../../../src/base/clock.ts'
import {createHttp} from '../../../src/base/http.ts'
import type {Account} from '../../../src/channels/channel.ts'
import {cloud} from '../../../src/channels/cloud/channel.ts'
import {recordingServer} from '../../support/recording-server.ts'

const http = createHttp({clock: systemClock})
const folder = mkdtempSync(join(tmpdir(), 'pytake-media-'))
afterAll(async () => {
  rmSync(folder, {recursive: true})
  await http.close()
})

const accountAt = (apiUrl: string): Account => ({
  configId: 'c',
  tenantId: 't',
  apiType: 'official',
  phoneNumber: '+15550100001',
  phoneNumberId: '1001',
  businessAccountId: '2002',
  accessToken: 'TOKEN',
  apiUrl,
  allowPrivateNetwork: true,
})

const number = {
  id: '1001',
  display_phone_number: '+1 555-010-0001',
  verified_name: 'Test Store',
  quality_rating: 'GREEN',
  status: 'CONNECTED',
  platform_type: 'CLOUD_API',
}
const subscribed = {data: [{whatsapp_business_api_data: {id: '1', name: 'PyTake'}}]}

describe('testing a connection', () => {
  it('tells number, state, quality and where webhooks go', async () => {
    await using server = await recordingServer(({url}) => ({
      body: url.includes('subscribed_apps') ? subscribed : number,
    }))
    const report = await cloud.test(accountAt(server.url), http)
    expect(report).toMatchObject({
      ok: true,
      displayPhoneNumber: '+1 555-010-0001',
      verifiedName: 'Test Store',
      quality: 'GREEN',
    })
    expect(report.checks.map(({name}) => name)).toEqual(['number', 'status', 'quality', 'webhook'])
  })

  it('asks again for less when Graph has dropped a field', async () => {
    const short = {id: number.id, verified_name: number.verified_name, quality_rating: 'GREEN'}
    await using server = await recordingServer(({url}) => {
      if (url.includes('subscribed_apps')) return {body: subscribed}
      return url.includes('throughput') ? {status: 400, body: {error: {code: 100, message: 'no field'}}} : {body: short}
    })
    expect(await cloud.test(accountAt(server.url), http)).toMatchObject({ok: true, verifiedName: 'Test Store'})
    expect(server.requests[1]?.url).toContain('fields=id,display_phone_number,verified_name,quality_rating')
  })

  it.each([
    ['an expired token', {error: {code: 190, message: 'expired'}}, 'number', '--access-token-file'],
    ['a number that is not connected', {...number, status: 'BANNED'}, 'status', 'WhatsApp Manager'],
    ['bad quality', {...number, quality_rating: 'RED'}, 'quality', 'marketing'],
    ['another platform', {...number, platform_type: 'ON_PREMISE'}, 'platform', 'Cloud API'],
  ])('%s is a failed check with help', async (_title, body, name, help) => {
    await using server = await recordingServer(({url}) => ({body: url.includes('subscribed_apps') ? subscribed : body}))
    const report = await cloud.test(accountAt(server.url), http)
    expect(report.ok).toBe(false)
    expect(report.checks.find((check) => check.name === name)).toMatchObject({ok: false})
    expect(report.checks.find((check) => check.name === name)?.help).toContain(help)
  })

  it('a forgotten subscription is a failed check', async () => {
    await using server = await recordingServer(({url}) => ({
      body: url.includes('subscribed_apps') ? {data: []} : number,
    }))
    const report = await cloud.test(accountAt(server.url), http)
    expect(report.checks.at(-1)).toMatchObject({name: 'webhook', ok: false})
    expect(
      (await cloud.test({...accountAt(server.url), businessAccountId: undefined}, http)).checks.at(-1),
    ).toMatchObject({
      ok: false,
    })
  })
})

describe('templates', () => {
  it('reads all pages', async () => {
    const page = (name: string) => ({
      name,
      language: 'pt_BR',
      status: 'APPROVED',
      category: 'UTILITY',
      components: [{}],
    })
    await using server = await recordingServer(({url}) => {
      const second = url.includes('after=A%3D')
      const paging = second ? {} : {cursors: {after: 'A='}, next: 'https://elsewhere.example/steal'}
      return {body: {data: [page(second ? 'b' : 'a'), {broken: true}, null], paging}}
    })
    const templates = await cloud.listTemplates(accountAt(server.url), http)
    expect(templates.map(({name}) => name)).toEqual(['a', 'b'])
    expect(templates[0]).toEqual({
      name: 'a',
      language: 'pt_BR',
      status: 'APPROVED',
      category: 'UTILITY',
      components: [{}],
    })
    expect(server.requests).toHaveLength(2)
  })

  it('needs the business account', async () => {
    const account = {...accountAt('http://127.0.0.1:1'), businessAccountId: undefined}
    await expect(cloud.listTemplates(account, http)).rejects.toMatchObject({
      help: 'Set it: pytake whatsapp edit NAME --business-account-id ID',
    })
  })
})

describe('media', () => {
  it('uploads a file with its type, twice named as Meta wants it', async () => {
    const path = join(folder, 'a.txt')
    writeFileSync(path, 'conteúdo')
    await using server = await recordingServer(() => ({body: {id: '77'}}))
    const uploaded = await cloud.uploadMedia(
      {path, mimeType: 'text/plain', filename: 'nota.txt'},
      accountAt(server.url),
      http,
    )
    expect(uploaded).toEqual({id: '77'})
    const [request] = server.requests
    expect(request).toMatchObject({method: 'POST', url: '/v25.0/1001/media'})
    expect(request?.body).toMatch(/name="messaging_product"\r\n\r\nwhatsapp/)
    expect(request?.body).toMatch(/name="type"\r\n\r\ntext\/plain/)
    expect(request?.body).toMatch(/name="file"; filename="nota.txt"\r\nContent-Type: text\/plain\r\n\r\nconteúdo/)
  })

  const bytes = Buffer.from([1, 2, 3])

  it('fetches by id, with the token on the host of the account', async () => {
    await using server = await recordingServer(({url, headers}) => {
      if (url === '/file') return {body: bytes, headers: {'x-token': String(headers.authorization)}}
      return {body: {url: `http://${headers.host}/file`, mime_type: 'image/png', file_size: '3'}}
    })
    const fetched = await cloud.fetchMedia({id: '55'}, 'wamid.1', accountAt(server.url), http)
    expect(fetched).toEqual({bytes, mimeType: 'image/png'})
    expect(server.requests.map(({url}) => url)).toEqual(['/v25.0/55?phone_number_id=1001', '/file'])
    expect(server.requests[1]?.headers.authorization).toBe('Bearer TOKEN')
  })

  it('asks for a fresh address once when the one of the webhook has run out', async () => {
    await using server = await recordingServer(({url, headers}) => {
      if (url === '/old') return {status: 404, body: ''}
      return url === '/new' ? {body: bytes} : {body: {url: `http://${headers.host}/new`, mime_type: 'image/png'}}
    })
    const media = {id: '55', url: `${server.url}/old`}
    expect(await cloud.fetchMedia(media, 'wamid.1', accountAt(server.url), http)).toMatchObject({mimeType: 'image/png'})
  })

  it('gives up when the fresh address has run out too', async () => {
    await using server = await recordingServer(({url, headers}) =>
      url.startsWith('/v25.0') ? {body: {url: `http://${headers.host}/file`}} : {status: 404, body: ''},
    )
    const fetching = cloud.fetchMedia({id: '55', url: `${server.url}/file`}, 'wamid.1', accountAt(server.url), http)
    await expect(fetching).rejects.toMatchObject({provider: {code: 'http_404'}})
    expect(server.requests).toHaveLength(3)
  })

  it.each([
    'https://evil.example/file',
    'https://fbsbx.com.evil.example/file',
    'https://evilfbsbx.com/file',
    'http://lookaside.fbsbx.com/file',
    'not a url',
  ])('never sends the token to %s', async (url) => {
    const fetching = cloud.fetchMedia({url}, 'wamid.1', accountAt('http://127.0.0.1:1'), http)
    await expect(fetching).rejects.toMatchObject({provider: {code: 'foreign_host'}})
  })

  it('loses the token when the host redirects elsewhere', async () => {
    await using other = await recordingServer(() => ({body: bytes}))
    await using server = await recordingServer(() => ({
      status: 302,
      headers: {location: `http://localhost:${other.port}/file`},
      body: '',
    }))
    await cloud.fetchMedia({url: `${server.url}/file`}, 'wamid.1', accountAt(server.url), http)
    expect(server.requests[0]?.headers.authorization).toBe('Bearer TOKEN')
    expect(other.requests[0]?.headers.authorization).toBeUndefined()
  })
})
