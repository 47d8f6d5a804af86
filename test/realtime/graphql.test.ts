import {createServer} from 'node:http'
import type {AddressInfo} from 'node:net'
import {type Client, createClient} from 'graphql-ws'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {WebSocket} from 'ws'
import {type HubOptions, openHub} from '../../src/realtime/hub.ts'
import type {Runtime} from '../../src/runtime/runtime.ts'
import {createToken, revokeToken} from '../../src/users/tokens.ts'
import {addBusyCompany, type Company} from '../graphql/world.ts'
import {onBothEngines} from '../support/stores.ts'
import {applyTo, emptyFlow, eventually, openTestRuntime} from '../support/world.ts'

interface Told {
  data?: {events: {type: string; cursor: string; data: {n: number}}} | null
  errors?: {message: string; extensions: {code: string; request_id: string}}[]
}

async function startHub(runtime: Runtime, more: Partial<HubOptions> = {}) {
  const server = createServer((_request, response) => response.writeHead(404).end())
  const hub = openHub(server, {runtime, ...more})
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}/graphql`,
    async close() {
      await hub.close()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

onBothEngines('subscriptions on /graphql', (place) => {
  let runtime: Runtime
  let mine: Company
  let theirs: Company
  let hub: {url: string; close(): Promise<void>}
  const clients: Client[] = []

  const emit = (from: number, count: number, more: object = {}, tenant = mine.tenant) =>
    runtime.stores.tenant(tenant).write(async (tx) => {
      for (let n = from; n < from + count; n++)
        tx.emit({type: 'message_sent', at: Date.now(), data: {n, direction: 'outbound', ...more}})
    })
  const client = (connectionParams: Record<string, unknown> | undefined, url = hub.url) => {
    const made = createClient({url, webSocketImpl: WebSocket, connectionParams, retryAttempts: 0, lazy: true})
    clients.push(made)
    return made
  }
  /** What a query is answered, and a subscription is told. */
  const listen = (by: Client, query: string, variables: Record<string, unknown> = {}) => {
    const told: Told[] = []
    let failure: unknown
    let isOver = false
    const stop = by.subscribe<Told['data']>(
      {query, variables},
      {
        next: (one) => void told.push(one as Told),
        error: (error) => ((failure = error), (isOver = true)),
        complete: () => (isOver = true),
      },
    )
    return {
      told,
      stop,
      over: () => eventually(async () => isOver && {failure: failure as never}),
      numbers: () => told.map((one) => one.data?.events.data.n),
    }
  }
  const events =
    'subscription ($since: String, $flow: String) { events(since: $since, flow: $flow, type: [message_sent_]) { cursor type data } }'.replace(
      '[message_sent_]',
      '["message_sent"]',
    )

  /** The code of a refusal: before it begins it is an error of the protocol, after that an answer with errors. */
  const refusalOf = async ({told, over}: ReturnType<typeof listen>) => {
    const {failure} = (await over()) as {failure?: Told['errors']}
    return (failure ?? told[0]?.errors)?.[0]?.extensions.code
  }

  beforeAll(async () => {
    runtime = await openTestRuntime(place())
    mine = await addBusyCompany(runtime, 'Minha', 0)
    theirs = await addBusyCompany(runtime, 'Deles', 0)
    await applyTo(runtime, runtime.stores.tenant(mine.tenant), [emptyFlow('b')])
    hub = await startHub(runtime, {authTimeoutMs: 300})
  })
  afterAll(async () => {
    for (const one of clients) await one.dispose()
    await hub.close()
    await runtime.close()
  })

  it('tells what happens to the tenant, in order and once, and nothing of others', async () => {
    const by = client({token: mine.token})
    const one = listen(by, events, {since: '1m'})
    const other = listen(by, events, {flow: 'b', since: '1m'})
    await emit(0, 3)
    await emit(0, 5, {}, theirs.tenant)
    await emit(3, 2, {flow: 'b'})
    await eventually(async () => one.told.length >= 5 && other.told.length >= 2)
    expect([one.numbers(), other.numbers()]).toEqual([
      [0, 1, 2, 3, 4],
      [3, 4],
    ])
    other.stop()
    await emit(5, 1, {flow: 'b'})
    await eventually(async () => one.told.length >= 6)
    expect(other.told).toHaveLength(2)
    one.stop()
  })

  it('goes on from a cursor, over a disconnect', async () => {
    const first = client({Authorization: `Bearer ${mine.token}`})
    const before = listen(first, events, {since: 'now'})
    await eventually(async () => {
      await emit(100, 1)
      return before.told.length > 0
    })
    const cursor = before.told[0]?.data?.events.cursor
    await first.dispose()
    await emit(200, 1200)
    const after = listen(client({token: mine.token}), events, {since: cursor})
    await eventually(async () => after.numbers().includes(1399))
    const numbers = after.numbers().filter((n) => n !== 100)
    expect(numbers).toEqual(Array.from({length: 1200}, (_, n) => 200 + n))
  })

  it('answers queries and changes too, with the errors of the API', async () => {
    const by = client({token: mine.token})
    const query = listen(by, '{ tenants { edges { node { name } } } }')
    await query.over()
    expect(query.told).toEqual([{data: {tenants: {edges: [{node: {name: 'Minha'}}]}}}])
    const missing = listen(by, '{ contact(id: "none") { id } }')
    await missing.over()
    expect(missing.told[0]).toMatchObject({
      data: {contact: null},
      errors: [{extensions: {code: 'NOT_FOUND', request_id: expect.stringMatching(/^req_/)}}],
    })
    for (const [text, code] of [
      ['{ nothing }', 'VALIDATION_ERROR'],
      ['subscription { events(since: "soon") { cursor } }', 'VALIDATION_ERROR'],
      ['subscription { events(config: "none") { cursor } }', 'NOT_FOUND'],
      [`{ ${Array.from({length: 60}, (_, n) => `a${n}: tenants { totalCount }`).join(' ')} }`, 'VALIDATION_ERROR'],
    ] as const) {
      expect(await refusalOf(listen(by, text)), text).toBe(code)
    }
  })

  it('lets so many go on at once, and then one more when one is done', async () => {
    const by = client({token: mine.token})
    const many = Array.from({length: 20}, () => listen(by, events, {since: 'now'}))
    const {failure} = await listen(by, events, {since: 'now'}).over()
    expect(failure).toMatchObject([{message: expect.stringMatching(/At most 20/), extensions: {code: 'RATE_LIMITED'}}])
    many[0]?.stop()
    const next = listen(by, events, {since: 'now'})
    await eventually(async () => {
      await emit(300, 1)
      return next.told.length > 0
    })
    many.forEach(({stop}) => stop())
    next.stop()
  })

  describe('lets in', () => {
    it.each([
      ['nobody without a token', {}, 4401],
      ['nobody with a made-up one', {token: 'pyt_made_up'}, 4401],
    ])('%s', async (_who, params, code) => {
      const {failure} = await listen(client(params), '{ tenants { totalCount } }').over()
      expect(failure).toMatchObject({code})
    })

    it('nobody who does not say who they are in time, or speaks another protocol', async () => {
      for (const [protocols, code] of [
        ['graphql-transport-ws', 4401],
        ['graphql-ws', 1006],
      ] as const) {
        const socket = new WebSocket(hub.url, protocols)
        socket.on('error', () => undefined)
        const closed = await new Promise((resolve) => socket.on('close', resolve))
        expect(closed).toBe(code)
      }
    })

    it('a token without the permission to queries, but not to events', async () => {
      const made = await createToken(runtime, runtime.stores.control, {
        id: runtime.ids.next(),
        tenantId: mine.tenant,
        name: 'narrow',
        scopes: ['contacts:read'],
        platform: false,
        expiresAt: null,
        createdBy: 'test',
      })
      const by = client({token: made.token})
      expect(await refusalOf(listen(by, events, {since: 'now'}))).toBe('FORBIDDEN')
      const query = listen(by, '{ contacts { totalCount } }')
      await query.over()
      expect(query.told).toEqual([{data: {contacts: {totalCount: 0}}}])
    })

    it('a token only until it is revoked', async () => {
      const quick = await startHub(runtime, {heartbeatMs: 100})
      const made = await createToken(runtime, runtime.stores.control, {
        id: runtime.ids.next(),
        tenantId: mine.tenant,
        name: 'short',
        scopes: ['*'],
        platform: false,
        expiresAt: null,
        createdBy: 'test',
      })
      const one = listen(client({token: made.token}, quick.url), events, {since: '1h'})
      await eventually(async () => one.told.length > 0)
      await revokeToken(runtime.stores.control, made.row, new Date())
      expect((await one.over()).failure).toMatchObject({code: 4401})
      await quick.close()
    })
  })
})
