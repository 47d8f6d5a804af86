import {createServer, type Server} from 'node:http'
import type {AddressInfo} from 'node:net'
import {setFlagsFromString} from 'node:v8'
import {runInNewContext} from 'node:vm'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {listAudit} from '../../src/operations/audit.ts'
import {login} from '../../src/operations/auth.ts'
import {invoke} from '../../src/operations/invoke.ts'
import {disableUser} from '../../src/operations/users.ts'
import {type Hub, type HubOptions, openHub} from '../../src/realtime/hub.ts'
import type {Runtime} from '../../src/runtime/runtime.ts'
import {createTenant} from '../../src/tenants/lifecycle.ts'
import {createToken, revokeToken} from '../../src/users/tokens.ts'
import {addUser, nobody, PASSWORD, shell} from '../support/signing-in.ts'
import {onBothEngines} from '../support/stores.ts'
import {applyTo, emptyFlow, eventually, openTestRuntime} from '../support/world.ts'
import {connect} from './client.ts'

async function startHub(runtime: Runtime, more: Partial<HubOptions> = {}, port = 0) {
  const server: Server = createServer((_request, response) => response.writeHead(404).end())
  const hub: Hub = openHub(server, {runtime, ...more})
  await new Promise<void>((resolve) => server.listen(port, '127.0.0.1', resolve))
  const at = (server.address() as AddressInfo).port
  return {
    url: `http://127.0.0.1:${at}`,
    port: at,
    async close() {
      await hub.close()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

/** Memory outside of JavaScript's heap that something still holds: what was let go is collected first. */
function bytesHeld(): number {
  setFlagsFromString('--expose-gc')
  ;(runInNewContext('gc') as () => void)()
  const {external, arrayBuffers} = process.memoryUsage()
  return external + arrayBuffers
}

onBothEngines('/ws', (place) => {
  let runtime: Runtime
  let other: Runtime
  let tenant: string
  let url: string
  let close: () => Promise<void>
  const tokens: Record<string, string> = {}

  const token = async (name: string, options: {scopes?: string[]; tenantId?: string | null} = {}) => {
    const {tenantId = null, scopes = ['*']} = options
    const made = await createToken(runtime, runtime.stores.control, {
      id: runtime.ids.next(),
      tenantId,
      name,
      scopes,
      platform: tenantId === null,
      expiresAt: null,
      createdBy: 'test',
    })
    tokens[name] = made.token
    return made
  }
  const emit = (from: number, count: number, by = runtime, more: object = {}) =>
    by.stores.tenant(tenant).write(async (tx) => {
      for (let n = from; n < from + count; n++)
        tx.emit({type: 'message_sent', at: Date.now(), data: {n, direction: 'outbound', ...more}})
    })

  beforeAll(async () => {
    runtime = await openTestRuntime(place())
    other = await openTestRuntime(place())
    tenant = runtime.ids.next()
    await createTenant(runtime, runtime.stores.control, {id: tenant, name: 'Provedor'})
    await createTenant(runtime, runtime.stores.control, {id: runtime.ids.next(), name: 'Outra'})
    await applyTo(runtime, runtime.stores.tenant(tenant), ['a', 'end'].map(emptyFlow))
    await token('ops', {tenantId: tenant})
    await token('platform')
    await token('blind', {tenantId: tenant, scopes: ['flows:read']})
    const hub = await startHub(runtime, {authTimeoutMs: 300, heartbeatMs: 60_000})
    url = hub.url
    close = () => hub.close()
  })
  afterAll(async () => {
    await close()
    await other.close()
    await runtime.close()
  })

  describe('lets in', () => {
    it('who shows a token in the header, or in the first message', async () => {
      const header = await connect(url, {token: tokens.ops})
      header.send({type: 'subscribe', channels: ['messages']})
      expect((await header.frame('subscribed')).data).toEqual({tenant_id: tenant, channels: ['messages']})
      await header.close()
      const message = await connect(url)
      message.send({type: 'auth', token: tokens.ops})
      message.send({type: 'subscribe', channels: ['messages', 'conversations', 'metrics']})
      await message.frame('live')
      await message.close()
    })

    it.each([
      ['nobody, when no token comes in time', undefined, {}, 4401],
      ['nobody with a token in the query string', undefined, {path: () => `/ws?token=${tokens.ops}`}, 4401],
      ['nobody with a wrong token', () => 'pyt_wrong', {}, 4401],
      ['nobody without the permission', () => tokens.blind, {}, 4403],
    ])('%s', async (_title, given, {path}: {path?: () => string}, code) => {
      const client = await connect(url, {token: given?.(), path: path?.()})
      expect((await client.closed).code).toBe(code)
    })

    it('nobody who subscribes before saying who they are, or who names another tenant', async () => {
      const early = await connect(url)
      early.send({type: 'subscribe', channels: ['messages']})
      expect((await early.closed).code).toBe(4401)
      const abroad = await connect(url, {token: tokens.ops})
      abroad.send({type: 'subscribe', channels: ['messages'], tenant: 'Outra'})
      expect((await abroad.closed).code).toBe(4403)
    })

    it('nobody into a channel whose things they may not see', async () => {
      await token('narrow', {tenantId: tenant, scopes: ['events:read', 'conversations:read']})
      const named = await connect(url, {token: tokens.narrow})
      named.send({type: 'subscribe', channels: ['conversations', 'messages']})
      expect((await named.frame('error')).error).toMatchObject({message: expect.stringContaining('messages:read')})
      expect((await named.closed).code).toBe(4403)
      const followed = async () =>
        (await invoke(runtime, listAudit, {action: 'events.follow', limit: 1000}, {...shell, tenant})).data
      const before = (await followed()).length
      const allowed = await connect(url, {token: tokens.narrow})
      allowed.send({type: 'subscribe', channels: ['conversations', 'metrics']})
      await allowed.frame('live')
      const seen = await followed()
      expect(seen).toHaveLength(before + 1)
      expect(seen[0]).toMatchObject({after: {query: {channel: ['conversations', 'metrics']}}})
      expect(seen[0]?.principal).toMatch(/^token:/)
      await allowed.close()
    })

    it('the platform to the tenant it names', async () => {
      const client = await connect(url, {token: tokens.platform})
      client.send({type: 'subscribe', channels: ['messages']})
      expect((await client.frame('error')).error).toMatchObject({code: 'BAD_REQUEST'})
      client.send({type: 'subscribe', channels: ['messages'], tenant: 'Provedor'})
      expect((await client.frame('subscribed')).data.tenant_id).toBe(tenant)
      await client.close()
    })

    it('nothing at another address', async () => {
      await expect(connect(url, {path: '/other'})).rejects.toThrow('404')
    })

    it('a token only until it is revoked', async () => {
      const hub = await startHub(runtime, {heartbeatMs: 100, authenticate: undefined})
      const {token: text, row} = await token('short', {tenantId: tenant})
      const client = await connect(hub.url, {token: text})
      client.send({type: 'subscribe', channels: ['messages']})
      await client.frame('live')
      await revokeToken(runtime.stores.control, row, new Date())
      expect((await client.closed).code).toBe(4401)
      await hub.close()
    })

    it('a person only while they are signed in, and no further than their role', async () => {
      const hub = await startHub(runtime, {heartbeatMs: 100})
      const email = 'ana@example.com'
      const {id} = await addUser(runtime, tenant, email, 'viewer')
      const {access_token: text} = await invoke(runtime, login, {email, password: PASSWORD}, nobody)
      const abroad = await connect(hub.url, {token: text})
      abroad.send({type: 'subscribe', tenant: 'Outra'})
      expect((await abroad.frame('error')).error?.code).toBe('FORBIDDEN')
      const client = await connect(hub.url, {token: text})
      client.send({type: 'subscribe', channels: ['messages']})
      await client.frame('live')
      await invoke(runtime, disableUser, {id}, {...shell, tenant})
      expect((await client.closed).code).toBe(4401)
      await hub.close()
    })
  })

  it.each([
    ['no JSON', 'hello', /not JSON/],
    ['a list', '[]', /Known types/],
    ['an unknown type', {type: 'shout'}, /Known types/],
    ['a prototype name', {type: 'constructor'}, /Known types/],
    ['an unknown channel', {type: 'subscribe', channels: ['everything']}, /channels.*everything/],
    ['channels of a wrong type', {type: 'subscribe', channels: 7}, /channels/],
    ['an unknown field', {type: 'subscribe', channels: ['messages'], foo: 1}, /foo/],
    ['a wrong since', {type: 'subscribe', since: 'soon'}, /since/],
    ['an unknown config', {type: 'subscribe', filter: {config: 'none'}}, /none/],
    ['an unknown flow', {type: 'subscribe', filter: {flow: 'none'}}, /Flow "none" was not found/],
    ['a contact who is nobody', {type: 'subscribe', filter: {contact: 'none'}}, /Contact "none" was not found/],
    ['a status of nothing', {type: 'subscribe', filter: {status: 'none'}}, /must be one of received, /],
    ['bytes', Buffer.from([1, 2, 3]), /text, not bytes/],
  ])('answers %s with an error and goes on', async (_title, message, words) => {
    const client = await connect(url, {token: tokens.ops})
    client.send(message)
    const {error} = await client.frame('error')
    expect(error?.message).toMatch(words)
    client.send({type: 'ping'})
    await client.frame('pong')
    await client.close()
  })

  it('refuses a message over 64 KB', async () => {
    const client = await connect(url, {token: tokens.ops})
    client.send({type: 'auth', token: 'x'.repeat(70_000)})
    expect((await client.closed).code).toBe(1009)
  })

  it('pushes what this process and others write, each with its cursor, in order and once', async () => {
    const client = await connect(url, {token: tokens.ops})
    client.send({type: 'subscribe', channels: ['messages']})
    await client.frame('live')
    for (let n = 0; n < 30; n++) await emit(n, 1, n % 2 ? runtime : other)
    await eventually(async () => client.events().length === 30)
    expect(client.events().map(({data}) => data.n)).toEqual(Array.from({length: 30}, (_, n) => n))
    expect(new Set(client.events().map(({cursor}) => cursor)).size).toBe(30)
    expect(client.events()[0]).toMatchObject({
      type: 'message_sent',
      cursor: expect.stringMatching(/^\w+\.\d+\.\w+\.\d+$/),
    })
    await client.close()
  })

  it('gives the three events of the specification their data', async () => {
    const client = await connect(url, {token: tokens.ops})
    client.send({type: 'subscribe', channels: ['messages', 'conversations', 'metrics']})
    const metrics = await client.frame('metrics_updated')
    expect(metrics.data).toEqual({messages_sent: 0, active_conversations: 0})
    await runtime.stores.tenant(tenant).write(async (tx) => {
      tx.emit({
        type: 'message_received',
        at: Date.now(),
        data: {conversation_id: 'c', message_id: 'm', text: 'oi', kind: 'text'},
      })
      tx.emit({type: 'conversation_updated', at: Date.now(), data: {conversation_id: 'c', status: 'waiting'}})
      tx.emit({type: 'flow_step', at: Date.now(), data: {}})
    })
    expect((await client.frame('message_received')).data).toMatchObject({
      conversation_id: 'c',
      message: {id: 'm', conversation_id: 'c', content: 'oi', type: 'text', direction: 'inbound'},
    })
    expect((await client.frame('conversation_updated')).data).toMatchObject({id: 'c', status: 'waiting'})
    expect(client.frames.filter(({type}) => type === 'flow_step')).toEqual([])
    await client.close()
  })

  it('tells the platform what it says of itself, and a tenant only what stops it', async () => {
    const inControl = (type: string, n: number) =>
      runtime.stores.control.write(async (tx) => tx.emit({type, at: Date.now(), data: {n}}))
    const ops = await connect(url, {token: tokens.ops})
    const platform = await connect(url, {token: tokens.platform})
    ops.send({type: 'subscribe'})
    platform.send({type: 'subscribe', tenant: 'Provedor'})
    await Promise.all([ops.frame('live'), platform.frame('live')])
    // One after the other: the two logs are read side by side, and what comes at the same moment comes in either order.
    await inControl('node_up', 1)
    await platform.frame('node_up')
    await emit(2, 1)
    await Promise.all([ops.frame('message_sent'), platform.frame('message_sent')])
    await inControl('disarmed', 3)
    await Promise.all([ops.frame('disarmed'), platform.frame('disarmed')])
    await emit(4, 1)
    await Promise.all([ops.frame('message_sent', 2), platform.frame('message_sent', 2)])
    expect(ops.events().map(({data}) => data.n)).toEqual([2, 3, 4])
    expect(platform.events().map(({data}) => data.n)).toEqual([1, 2, 3, 4])
    const {cursor} = platform.events()[1] ?? {}
    platform.send({type: 'subscribe', tenant: 'Provedor', since: cursor})
    await platform.frame('live', 2)
    const again = platform.events().map(({data}) => data.n)
    expect(again.slice(0, 4)).toEqual([1, 2, 3, 4])
    expect(again.slice(4).sort()).toEqual([3, 4])
    await Promise.all([ops.close(), platform.close()])
  })

  it('holds back for a reader that asks for it, tells it, and loses nothing', async () => {
    const client = await connect(url, {token: tokens.ops})
    client.send({type: 'subscribe', channels: ['messages']})
    await client.frame('live')
    client.send({type: 'pause'})
    client.send({type: 'ping'})
    await client.frame('pong')
    await emit(0, 2000)
    await client.frame('behind')
    await emit(2000, 100)
    expect(client.events()).toEqual([])
    client.send({type: 'resume'})
    await client.frame('live', 2)
    expect(client.events().map(({data}) => data.n)).toEqual(Array.from({length: 2100}, (_, n) => n))
    await client.close()
  })

  it('filters for each client', async () => {
    const one = await connect(url, {token: tokens.ops})
    one.send({type: 'subscribe', channels: ['messages'], filter: {flow: 'a'}})
    const two = await connect(url, {token: tokens.ops})
    two.send({type: 'subscribe', filter: {type: 'message_failed', direction: 'outbound'}})
    await Promise.all([one.frame('live'), two.frame('live')])
    await emit(0, 3, runtime, {flow: 'a'})
    await emit(3, 3, runtime, {flow: 'b'})
    await runtime.stores
      .tenant(tenant)
      .write(async (tx) => tx.emit({type: 'message_failed', at: Date.now(), data: {n: 9}}))
    await two.frame('message_failed')
    await one.frame('message_sent', 3)
    expect(one.events().map(({data}) => data.n)).toEqual([0, 1, 2])
    expect(two.events().map(({data}) => data.n)).toEqual([9])
    await Promise.all([one.close(), two.close()])
  })

  it('goes on where a client stopped, over a disconnect and a restart of the server, without loss or repeats', async () => {
    const first = await startHub(runtime)
    const seen: number[] = []
    let since = 'now'
    let client = await connect(first.url, {token: tokens.ops})
    const follow = async () => {
      client.send({type: 'subscribe', channels: ['messages'], since})
      since = (await client.frame('subscribed')).cursor
      await client.frame('live')
    }
    const take = async (last: number) => {
      await eventually(async () => client.events().some(({data}) => data.n === last))
      seen.push(...client.events().map(({data}) => Number(data.n)))
      since = client.events().at(-1)?.cursor ?? since
    }
    await follow()
    await emit(0, 700)
    await take(699)
    client.socket.terminate()
    await emit(700, 1200)
    client = await connect(first.url, {token: tokens.ops})
    await follow()
    await emit(1900, 100)
    await take(1999)
    await first.close()
    expect((await client.closed).code).toBe(1012)
    await emit(2000, 500)
    const second = await startHub(runtime, {}, first.port)
    client = await connect(second.url, {token: tokens.ops})
    await follow()
    await take(2499)
    expect(seen).toEqual(Array.from({length: 2500}, (_, n) => n))
    await client.close()
    await second.close()
  })

  it('closes with 4410 when it cannot resume', async () => {
    const client = await connect(url, {token: tokens.ops})
    client.send({type: 'subscribe', channels: ['messages'], since: 'deadbeef0000.5'})
    const {code, reason} = await client.closed
    expect([code, reason]).toEqual([4410, expect.stringMatching(/^Cannot resume/)])
  })

  it('drops a peer that does not answer', async () => {
    const hub = await startHub(runtime, {heartbeatMs: 100})
    const client = await connect(hub.url, {token: tokens.ops})
    client.socket.pong = () => undefined
    // The library answers pings by itself; a paused socket cannot.
    client.socket.pause()
    await new Promise((resolve) => setTimeout(resolve, 400))
    client.socket.resume()
    expect((await client.closed).code).toBe(1006)
    await hub.close()
  })

  it('holds nothing in memory for a slow reader, tells it, and loses nothing of it', async () => {
    const client = await connect(url, {token: tokens.ops})
    client.send({type: 'subscribe', channels: ['messages']})
    const brisk = await connect(url, {token: tokens.ops})
    brisk.send({type: 'subscribe', channels: ['messages'], filter: {flow: 'end'}})
    await Promise.all([client.frame('live'), brisk.frame('live')])
    client.socket.pause()
    const filler = 'x'.repeat(2000)
    const before = bytesHeld()
    for (let n = 0; n < 20_000; n += 500) await emit(n, 500, runtime, {filler})
    await emit(20_000, 1, runtime, {flow: 'end'})
    await brisk.frame('message_sent')
    // 44 MB were written; what waits for one reader is a megabyte and a bit. Buffers are given back a little after they are free.
    await eventually(async () => bytesHeld() - before < 15e6)
    client.socket.resume()
    await eventually(async () => client.events().length >= 20_001, 20_000)
    expect(client.frames.some(({type}) => type === 'behind')).toBe(true)
    await client.frame('live', 2)
    expect(client.events().map(({data}) => data.n)).toEqual(Array.from({length: 20_001}, (_, n) => n))
    await emit(20_001, 1)
    await eventually(async () => client.events().length === 20_002)
    await Promise.all([client.close(), brisk.close()])
  })

  it('lets go when the tenant is removed', async () => {
    const client = await connect(url, {token: tokens.ops})
    client.send({type: 'subscribe', channels: ['messages']})
    await client.frame('live')
    await runtime.stores.control.write((tx) => tx.update('tenants', ['id'], [{id: tenant, state: 'removing'}]))
    expect((await client.closed).code).toBe(4403)
    await runtime.stores.control.write((tx) => tx.update('tenants', ['id'], [{id: tenant, state: 'active'}]))
  })
})
