import {once} from 'node:events'
import {type AddressInfo, createServer, type Server, type Socket} from 'node:net'
import {afterAll, beforeAll, expect, it} from 'vitest'
import {editConfig} from '../../src/channels/accounts.ts'
import {queueMessage} from '../../src/conversations/queue-message.ts'
import {laneViews} from '../../src/delivery/lane-view.ts'
import {onBothEngines} from '../support/stores.ts'
import {eventually, INSTANCE, openWorld, type World} from '../support/world.ts'

/** A listener that does what a provider in trouble does with a connection. */
async function badProvider(onConnection: (socket: Socket) => void): Promise<{url: string; close: () => Promise<void>}> {
  const sockets = new Set<Socket>()
  const server: Server = createServer((socket) => {
    sockets.add(socket)
    socket.on('error', () => socket.destroy())
    onConnection(socket)
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const {port} = server.address() as AddressInfo
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      for (const socket of sockets) socket.destroy()
      server.close()
      await once(server, 'close')
    },
  }
}

onBothEngines('a provider in trouble', (place) => {
  let world: World
  let count = 0
  beforeAll(async () => {
    world = await openWorld(place())
  })
  afterAll(() => world.close())

  const providerAt = (api_url: string) => editConfig(world.runtime, world.db, world.evolution.id, {api_url})
  /** Queues a message to somebody new, as a person would; Evolution knows no window. */
  const send = async () => {
    const id = world.runtime.ids.next()
    const phone = `+55119876${String(54_000 + ++count)}`
    world.sandbox.customer({phone: phone.slice(1), name: `Cliente ${count}`, via: INSTANCE})
    const content = {kind: 'text', text: `n${count}`} as const
    await queueMessage(world.runtime, world.db, {
      id,
      to: {phone},
      configId: world.evolution.id,
      content,
      purpose: 'reply',
    })
    world.runtime.hints.committed(world.db.name)
    return id
  }
  const rowOf = (id: string) =>
    world.db.read((q) => q.selectFrom('outbox').selectAll().where('id', '=', id).executeTakeFirst())
  const statusOf = async (id: string) =>
    (await world.db.read((q) => q.selectFrom('messages').selectAll().where('id', '=', id).executeTakeFirst()))?.status
  const viewOf = async () => (await laneViews(world.db))(world.evolution.id)

  it.each<[string, () => Promise<string>, RegExp]>([
    ['whose name is not known', () => Promise.resolve('http://nao-existe.invalid'), /not.*found|ENOTFOUND|name|DNS/i],
    [
      'that is down',
      async () => {
        const gone = await badProvider(() => undefined)
        await gone.close()
        return gone.url
      },
      /refused|ECONNREFUSED|connect/i,
    ],
  ])(
    '%s keeps messages queued, tries again with longer and longer gaps, and shows since when',
    async (_, url, why) => {
      await providerAt(await url())
      const sent = await send()
      const before = world.runtime.clock.now()
      const second = await eventually(async () => {
        const row = await rowOf(sent)
        return row && row.attempts >= 2 && row.state === 'queued' && row
      }, 20_000)
      expect(second.reason).toMatch(why)
      expect(second.due_at.getTime()).toBeGreaterThan(before)
      const {state, queued, oldest_at: oldest} = await viewOf()
      expect({state, queued}).toEqual({state: 'running', queued: 1})
      expect(oldest?.getTime()).toBeLessThanOrEqual(before)
      await providerAt(world.sandbox.evolutionUrl)
      await eventually(async () => ['sent', 'delivered', 'read'].includes((await statusOf(sent)) ?? ''), 25_000)
      expect(await rowOf(sent)).toBeUndefined()
    },
    60_000,
  )

  it('that dies after the first byte of a request leaves the message unknown, and sends it once', async () => {
    let requests = 0
    const provider = await badProvider((socket) =>
      socket.once('data', () => {
        requests++
        socket.destroy()
      }),
    )
    try {
      await providerAt(provider.url)
      const sent = await send()
      await eventually(async () => (await statusOf(sent)) === 'unknown', 20_000)
      await new Promise((resolve) => setTimeout(resolve, 1500))
      expect(requests).toBe(1)
      expect((await viewOf()).unknown).toBe(1)
    } finally {
      await world.db.write((tx) => tx.db.deleteFrom('outbox').execute())
      await provider.close()
    }
  }, 60_000)

  it('that takes connections and never answers leaves the message unknown, and holds up nobody else', async () => {
    const provider = await badProvider(() => undefined)
    try {
      await providerAt(provider.url)
      const sent = await send()
      const other = await send()
      await eventually(async () => (await viewOf()).sending === 2, 20_000)
      await eventually(
        async () => (await statusOf(sent)) === 'unknown' && (await statusOf(other)) === 'unknown',
        50_000,
      )
    } finally {
      await world.db.write((tx) => tx.db.deleteFrom('outbox').execute())
      await provider.close()
    }
  }, 90_000)

  it('is not even asked to bring advertising to who does not want it', async () => {
    const provider = await badProvider(() => expect.unreachable('a call was made'))
    try {
      await providerAt(provider.url)
      const id = world.runtime.ids.next()
      const now = new Date(world.runtime.clock.now())
      const phone = `55119876${String(54_000 + ++count)}`
      await world.db.write(async (tx) => {
        const contact = {
          id,
          tenant_id: world.db.name,
          phone: `+${phone}`,
          opted_in: false,
          created_at: now,
          updated_at: now,
        }
        await tx.insert('contacts', [contact])
        await tx.insert('contact_identities', [{kind: 'phone', scope: '', value: phone, contact_id: id}])
      })
      const message = world.runtime.ids.next()
      await queueMessage(world.runtime, world.db, {
        id: message,
        to: {contactId: id},
        configId: world.evolution.id,
        content: {kind: 'text', text: 'Promoção'},
        purpose: 'marketing',
      })
      world.runtime.hints.committed(world.db.name)
      await eventually(async () => (await statusOf(message)) === 'failed', 20_000)
      const row = await world.db.read((q) =>
        q.selectFrom('messages').select('error_message').where('id', '=', message).executeTakeFirst(),
      )
      expect(row?.error_message).toMatch(/^opted_out: /)
    } finally {
      await provider.close()
    }
  }, 60_000)
})
