import {sql} from 'kysely'
import type {Engine} from '../../../src/store/migration.ts'
import type {Runtime} from '../../../src/runtime/runtime.ts'
import type {TenantDb} from '../../../src/store/stores.ts'
import {type Context, serveOn, tellCost} from '../context.ts'
import {type Figure, print, type Rates, shareOf} from '../figure.ts'
import {addMessages, addPeople} from '../fill.ts'
import {addTenants, makePlace} from '../place.ts'

export interface TurnRates extends Rates {
  backlogAtFirst: number
  backlogAtLast: number
}

interface Measure {
  engine: Engine
  connections: number
  seconds: number
  /** What is stored before. */
  stored?: {contacts: number; messages: number}
}

/** Webhooks as fast as they are answered, while their turns run: replies that reach the outbox, and what stays behind. */
export async function rateOfTurns(context: Context, measure: Measure): Promise<TurnRates> {
  const {load} = context
  const {connections, seconds} = measure
  const place = await makePlace(measure.engine)
  const runtime = await place.open()
  const [db] = await addTenants(runtime, 1)
  if (!db) throw new Error('No tenant.')
  if (measure.stored) {
    await addPeople(runtime, db, measure.stored.contacts)
    await addMessages(runtime, db, {count: measure.stored.messages, queued: false})
  }
  const server = await serveOn(place, ['webhooks', 'flows'])
  const traffic = {tenants: 1, customers: 5000}
  try {
    const bare = () => load.run({port: context.bare.port, connections, seconds: context.seconds, repeat: true})
    // Everybody's first message: contacts and conversations are there from then on.
    await load.prepare({...traffic, count: 10_000})
    await load.run({port: server.port, connections, seconds: 30})
    await load.prepare({...traffic, count: 5000})
    const before = await bare()
    await load.prepare({...traffic, count: 8000 * seconds})
    const marks: Mark[] = [await look(runtime, db)]
    const cpu = await server.cpu()
    const running = load.run({port: server.port, connections, seconds})
    for (let n = 1; n <= 4; n++) {
      await runtime.clock.sleep((seconds * 1000) / 4)
      marks.push(await look(runtime, db))
    }
    const {refused, sent} = await running
    tellCost(`turn (${measure.engine})`, (await server.cpu()) - cpu, sent)
    if (refused > 0) throw new Error(`${refused} webhooks were refused.`)
    await load.prepare({...traffic, count: 5000})
    const after = await bare()
    const [first, second] = marks
    const last = marks.at(-1)
    if (!first || !second || !last) throw new Error('Nothing was seen.')
    return {
      bare: (before.perSecond + after.perSecond) / 2,
      own: ((last.replies - first.replies) * 1000) / (last.at - first.at),
      backlogAtFirst: second.backlog,
      backlogAtLast: last.backlog,
    }
  } finally {
    await server.stop()
    await runtime.close()
    await place.remove()
  }
}

interface Mark {
  at: number
  replies: number
  backlog: number
}

async function look({clock}: Runtime, db: TenantDb): Promise<Mark> {
  return db.read(async (q) => {
    const n = sql<number>`count(*)`.as('n')
    const outbox = await q.selectFrom('outbox').select(n).executeTakeFirst()
    const inbox = await q.selectFrom('inbox').select(n).where('state', '=', 'pending').executeTakeFirst()
    return {at: clock.monotonic(), replies: Number(outbox?.n), backlog: Number(inbox?.n)}
  })
}

/** As many as the connections and two batches hold: more than that is a queue that grows. */
const STEADY_BACKLOG = 1000

export async function turns(context: Context): Promise<Figure[]> {
  const rates = await rateOfTurns(context, {engine: 'sqlite', connections: 64, seconds: context.long ? 60 : 15})
  const figure = shareOf(rates.bare, {
    name: `message to reply in the outbox, backlog ${rates.backlogAtFirst} then ${rates.backlogAtLast}`,
    value: rates.own,
    unit: 'replies/s',
    least: 0.15,
  })
  return [print({...figure, ok: figure.ok && rates.backlogAtLast <= rates.backlogAtFirst + STEADY_BACKLOG})]
}
