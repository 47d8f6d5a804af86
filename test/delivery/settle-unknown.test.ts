import {afterAll, beforeAll, beforeEach, expect, it} from 'vitest'
import {settleUnknown} from '../../src/delivery/settle-unknown.ts'
import type {Customer} from '../../src/sandbox/sandbox.ts'
import {onBothEngines} from '../support/stores.ts'
import {eventually, INSTANCE, openWorld, type World} from '../support/world.ts'

const echo = `
flow: eco
trigger: {type: message_received}
nodes:
  - {id: eco, type: message, data: {text: "eco {{response}}"}}
`

onBothEngines('a message on Evolution whose answer never came', (place) => {
  let world: World
  let count = 0
  let who: Customer
  beforeAll(async () => {
    // No scheduler: the test says when the server is asked.
    world = await openWorld(place(), {server: {only: ['webhooks', 'flows', 'api', 'sender']}})
    await world.apply(echo)
  })
  afterAll(() => world.close())
  beforeEach(() => {
    who = world.sandbox.customer({phone: `55119876${String(53_000 + ++count)}`, name: 'Ana', via: INSTANCE})
  })

  const outbox = () => world.db.read((q) => q.selectFrom('outbox').selectAll().execute())
  const statuses = async (text: string) =>
    (
      await world.db.read((q) =>
        q.selectFrom('messages').selectAll().where('content', '=', text).where('direction', '=', 'outbound').execute(),
      )
    ).map(({status}) => status)
  const inDoubt = (rows: number) =>
    eventually(async () => (await outbox()).filter(({state}) => state === 'unknown').length === rows, 20_000)
  /** As if half a minute had passed since it went to the wire. */
  const older = async (ms: number) => {
    for (const {id, sending_at} of await outbox())
      await world.db.write((tx) =>
        tx.update('outbox', ['id'], [{id, sending_at: new Date((sending_at?.getTime() ?? 0) - ms)}]),
      )
  }
  const forget = () => world.db.write((tx) => tx.db.deleteFrom('outbox').execute())

  it('is settled by the one message that the server has in that chat, and not before half a minute', async () => {
    world.sandbox.setFaults(['POST /message/*: drop', 'WEBHOOK echo: lose', 'WEBHOOK status: lose'])
    who.say('um')
    await inDoubt(1)
    expect(await settleUnknown(world.runtime, world.db)).toBe(0)
    await older(31_000)
    // The clock of the server may be a little ahead or behind; the row may not be so far back that it is not a match.
    world.sandbox.setFaults([])
    expect(await settleUnknown(world.runtime, world.db)).toBe(1)
    expect(await statuses('eco um')).toEqual(['sent'])
    expect(await outbox()).toEqual([])
    await expect.poll(() => who.received).toHaveLength(1)
  })

  it('is left to a person when two messages match', async () => {
    world.sandbox.setFaults(['POST /message/*: drop', 'WEBHOOK echo: lose', 'WEBHOOK status: lose'])
    who.say('dois')
    await inDoubt(1)
    who.say('dois')
    await inDoubt(2)
    await older(31_000)
    world.sandbox.setFaults([])
    expect(await settleUnknown(world.runtime, world.db)).toBe(0)
    expect(await statuses('eco dois')).toEqual(['unknown', 'unknown'])
    await forget()
  })

  it('is left to a person when none matches, and is not asked about for ever', async () => {
    world.sandbox.setFaults(['POST /message/*: reset'])
    who.say('nenhum')
    await inDoubt(1)
    await older(31_000)
    world.sandbox.setFaults([])
    expect(await settleUnknown(world.runtime, world.db)).toBe(0)
    expect(await statuses('eco nenhum')).toEqual(['unknown'])
    await older(600_000)
    world.sandbox.setFaults(['POST /chat/*: 500'])
    expect(await settleUnknown(world.runtime, world.db)).toBe(0)
    expect(world.sandbox.stats().faulted).toBeGreaterThan(0)
    await forget()
  })

  it('is settled by its echo first, so that nobody has to ask', async () => {
    world.sandbox.setFaults(['POST /message/*: drop', 'WEBHOOK status: lose', 'WEBHOOK echo: delay 1500ms'])
    who.say('eco')
    await inDoubt(1)
    await eventually(async () => (await outbox()).length === 0)
    expect(await statuses('eco eco')).toEqual(['sent'])
    await older(31_000)
    expect(await settleUnknown(world.runtime, world.db)).toBe(0)
  })
})
