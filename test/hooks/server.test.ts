import {createHmac} from 'node:crypto'
import {afterAll, beforeAll, expect, it} from 'vitest'
import {replayHook, testHook} from '../../src/operations/hook-actions.ts'
import {createHook, editHookOperation, listHooks} from '../../src/operations/hooks.ts'
import {invoke} from '../../src/operations/invoke.ts'
import type {Principal} from '../../src/operations/principal.ts'
import type {Runtime} from '../../src/runtime/runtime.ts'
import {type Server, startServer} from '../../src/server.ts'
import {reachingAll} from '../support/reaching-all.ts'
import {type Answer, type RecordedRequest, recordingServer, type RecordingServer} from '../support/recording-server.ts'
import {addCompany, codeOf, shell} from '../support/signing-in.ts'
import {onBothEngines} from '../support/stores.ts'
import {openTestRuntime} from '../support/world.ts'

onBothEngines('the server', (place) => {
  let runtime: Runtime
  let server: Server
  let receiver: RecordingServer
  let tenant: string
  let answer: Answer = {}

  beforeAll(async () => {
    const opened = await openTestRuntime(place())
    runtime = {...opened, http: reachingAll(opened.http)}
    receiver = await recordingServer(() => answer)
    tenant = await addCompany(runtime, 'Uma')
    server = await startServer(runtime, {host: '127.0.0.1', port: 0, only: [], insecureWebhooks: false})
  })
  afterAll(async () => {
    await server.stop()
    await receiver[Symbol.asyncDispose]()
    await runtime.close()
  })

  const caller = () => ({...shell, tenant})
  const happen = (n: number) =>
    runtime.stores.tenant(tenant).write(async (tx) => {
      tx.emit({type: 'message_received', at: Date.now(), data: {n}})
    })
  const told = () => receiver.requests.map(({json}) => (json as {data: {n?: number}}).data.n)

  it('tells a hook what happens, as soon as it has happened', async () => {
    await happen(0)
    const input = {name: 'crm', url: `${receiver.url}/crm`, types: ['*']}
    const first = await invoke(runtime, createHook, input, {...caller(), idempotencyKey: 'k1'})
    expect(await invoke(runtime, createHook, input, {...caller(), idempotencyKey: 'k1'}), 'once per key').toEqual(first)
    for (let n = 1; n <= 20; n++) {
      await happen(n)
      await expect.poll(told, {timeout: 5000, interval: 10}).toContain(n)
    }
    expect(told()).toEqual(Array.from({length: 20}, (_, n) => n + 1))
    const [{headers, body}] = receiver.requests as [RecordedRequest, ...RecordedRequest[]]
    const key = Buffer.from(first.secret.replace('whsec_', ''), 'base64')
    const signed = [headers['webhook-id'], headers['webhook-timestamp'], body].join('.')
    expect(headers['webhook-signature']).toBe(`v1,${createHmac('sha256', key).update(signed).digest('base64')}`)
  })

  it('tells a hook what happens in a process that delivers nothing itself', async () => {
    const other = await openTestRuntime(place())
    const only = {host: '127.0.0.1', port: 0, insecureWebhooks: false}
    const webhooks = await startServer(other, {...only, only: ['webhooks']})
    receiver.requests.length = 0
    for (let n = 100; n < 103; n++) {
      await other.stores
        .tenant(tenant)
        .write(async (tx) => tx.emit({type: 'message_received', at: Date.now(), data: {n}}))
      await expect.poll(told, {timeout: 10_000, interval: 20}).toContain(n)
    }
    await webhooks.stop()
    await other.close()
  })

  it('tries one at once when it is asked to, whatever the receiver says', async () => {
    receiver.requests.length = 0
    answer = {status: 418, body: 'I am a teapot'}
    expect(await invoke(runtime, testHook, {id: 'crm'}, caller())).toMatchObject({
      ok: false,
      status: 418,
      response: 'I am a teapot',
      error: 'The receiver answered 418.',
    })
    answer = {status: 200}
    expect(await invoke(runtime, testHook, {id: 'crm'}, caller())).toMatchObject({ok: true, status: 200, error: null})
    expect(receiver.requests.map(({json}) => json)).toMatchObject([{type: 'hook_test'}, {type: 'hook_test'}])
  })

  it('tells again what is replayed, with the id it had', async () => {
    receiver.requests.length = 0
    const db = runtime.stores.tenant(tenant)
    const rows = await db.read((q) => q.selectFrom('hook_deliveries').selectAll().orderBy('seq').execute())
    const ids = rows.slice(0, 2).map(({id}) => id)
    expect(await invoke(runtime, replayHook, {id: 'crm', deliveries: ids}, caller())).toEqual({replayed: 2})
    await expect.poll(() => told().sort(), {timeout: 5000}).toEqual([1, 2])
  })

  it('gives no hook to whoever may not follow the events themselves', async () => {
    const one = (...more: string[]): Principal => {
      const scopes = ['hooks:read', 'hooks:write', ...more]
      return {kind: 'token', name: 'token:x', tenantId: tenant, platform: false, scopes}
    }
    const principal = one()
    const input = {name: 'spy', url: 'https://93.184.216.34/', types: ['message_received']}
    const made = (by: Principal, types = input.types) =>
      codeOf(invoke(runtime, createHook, {...input, types}, {principal: by}))
    expect(await made(principal)).toBe('FORBIDDEN')
    expect(await made(one('events:read', 'flows:read'))).toBe('FORBIDDEN')
    expect(await made(one('events:read', 'messages:read'), ['*'])).toBe('FORBIDDEN')
    const change = {id: 'crm', types: ['message_read']}
    const edited = codeOf(invoke(runtime, editHookOperation, change, {principal: one('events:read')}))
    expect(await edited).toBe('FORBIDDEN')
    expect((await invoke(runtime, listHooks, {}, {principal})).data).toHaveLength(1)
  })
})
