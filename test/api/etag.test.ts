import {get} from 'node:http'
import {gunzipSync} from 'node:zlib'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {invoke} from '../../src/operations/invoke.ts'
import {addContact} from '../../src/operations/contacts.ts'
import {createTokenOperation} from '../../src/operations/tokens.ts'
import {startApi, type TestServer} from '../support/server.ts'
import {addCompany, shell} from '../support/signing-in.ts'
import {makePlace, type Place} from '../support/stores.ts'

describe('over HTTP', () => {
  let place: Place
  let server: TestServer
  let token: string
  let tenant: string
  const path = '/contacts/%2B5511987650001'
  const ask = (method: string, address: string, headers: Record<string, string> = {}, body?: unknown) =>
    fetch(`${server.url}/api/v1${address}`, {
      method,
      headers: {
        authorization: `Bearer ${token}`,
        ...(body === undefined ? {} : {'content-type': 'application/json'}),
        ...headers,
      },
      body: body === undefined ? undefined : JSON.stringify(body),
    })

  beforeAll(async () => {
    place = await makePlace('sqlite')
    server = await startApi(place.env())
    tenant = await addCompany(server.runtime, 'Uma')
    const caller = {...shell, tenant}
    token = (await invoke(server.runtime, createTokenOperation, {name: 'a'}, caller)).token
    await invoke(server.runtime, addContact, {phone: '+5511987650001', name: 'x'.repeat(200)}, caller)
  })
  afterAll(async () => {
    await server.close()
    await place.remove()
  })

  it('an answer has a tag, and is not sent again to who has it', async () => {
    const first = await ask('GET', path)
    const tag = first.headers.get('etag') ?? ''
    expect(tag).toMatch(/^"[\w-]{22}"$/)
    const again = await ask('GET', path, {'if-none-match': `"other", W/${tag}`})
    expect([again.status, await again.text()]).toEqual([304, ''])
    expect((await ask('GET', path, {'if-none-match': '"other"'})).status).toBe(200)
  })

  it("a hook's tag is of what people set, not of what it has still to deliver", async () => {
    await ask('POST', '/hooks', {}, {name: 'crm', url: 'http://93.184.216.34/', types: ['*']})
    const first = await ask('GET', '/hooks/crm')
    const tag = first.headers.get('etag') ?? ''
    const {id} = (await first.json()) as {id: string}
    const {stores, ids} = server.runtime
    const now = new Date()
    const delivery = {hook_id: id, seq: 1, type: 'message_sent', state: 'dead', attempts: 1}
    await stores
      .tenant(tenant)
      .write((tx) => tx.insert('hook_deliveries', [{id: ids.next(), ...delivery, created_at: now, updated_at: now}]))
    const later = await ask('GET', '/hooks/crm', {'if-none-match': tag})
    expect([later.status, later.headers.get('etag')]).toEqual([200, tag])
    expect(await later.json(), 'the counts are told all the same').toMatchObject({dead: 1})
    const edited = await ask('PUT', '/hooks/crm', {'if-match': tag}, {concurrency: 2})
    expect(edited.status).toBe(200)
    expect(edited.headers.get('etag')).toBe((await ask('GET', '/hooks/crm')).headers.get('etag'))
    expect((await ask('PUT', '/hooks/crm', {'if-match': tag}, {concurrency: 3})).status).toBe(412)
  })

  it('an edit goes through only on the state its author saw', async () => {
    const seen = (await ask('GET', path)).headers.get('etag') ?? ''
    const first = await ask('PUT', path, {'if-match': seen}, {name: 'Maria'})
    expect(first.status).toBe(200)
    const late = await ask('PUT', path, {'if-match': seen}, {name: 'Marta'})
    expect(late.status).toBe(412)
    expect(await late.json()).toMatchObject({error: {code: 'STALE'}})
    const now = await ask('GET', path)
    expect(now.headers.get('etag'), 'the answer to an edit is the new state').toBe(first.headers.get('etag'))
    expect(await now.json()).toMatchObject({name: 'Maria'})
    expect((await ask('PUT', path, {'if-match': '*'}, {name: 'Ana'})).status).toBe(200)
    expect((await ask('PUT', '/contacts/ghost', {'if-match': seen}, {name: 'Ana'})).status).toBe(404)
  })

  it('long answers are compressed for who asks for it', async () => {
    const answer = (accept: string) =>
      new Promise<{encoding: string | undefined; body: Buffer}>((resolve, reject) => {
        const headers = {authorization: `Bearer ${token}`, 'accept-encoding': accept}
        get(`${server.url}/api/v1/auth/me`, {headers}, (response) => {
          const chunks: Buffer[] = []
          response.on('data', (chunk: Buffer) => chunks.push(chunk))
          response.on('end', () =>
            resolve({encoding: response.headers['content-encoding'], body: Buffer.concat(chunks)}),
          )
        }).on('error', reject)
      })
    const list = async () => {
      for (let n = 0; n < 40; n++) await ask('POST', '/tokens', {}, {name: `t${n}`})
    }
    await list()
    const plain = await ask('GET', '/tokens?limit=40', {'accept-encoding': 'identity'})
    expect(plain.headers.get('content-encoding')).toBeNull()
    const zipped = await new Promise<Buffer>((resolve, reject) => {
      const headers = {authorization: `Bearer ${token}`, 'accept-encoding': 'br, gzip;q=0.5'}
      get(`${server.url}/api/v1/tokens?limit=40`, {headers}, (response) => {
        expect(response.headers).toMatchObject({'content-encoding': 'gzip', vary: 'accept-encoding'})
        const chunks: Buffer[] = []
        response.on('data', (chunk: Buffer) => chunks.push(chunk))
        response.on('end', () => resolve(Buffer.concat(chunks)))
      }).on('error', reject)
    })
    expect(gunzipSync(zipped).toString()).toBe(await plain.text())
    expect((await answer('gzip')).encoding, 'a short one is not').toBeUndefined()
    expect((await answer('gzip;q=0')).body.toString()).toContain('"permissions"')
  })
})
