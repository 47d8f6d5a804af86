import {sql} from 'kysely'
import type {Engine} from '../../../src/store/migration.ts'
import type {Runtime} from '../../../src/runtime/runtime.ts'
import type {TenantDb} from '../../../src/store/stores.ts'
import {type Context, type Load, type Served, serveOn, tellCost} from '../context.ts'
import {type Figure, medianOf, print, type Rates, shareOf} from '../figure.ts'
import {addHistory, type History} from '../fill.ts'
import {addTenants, makePlace} from '../place.ts'
import type {Traffic} from '../traffic.ts'

export interface TurnRates extends Rates {
  backlogAtFirst: number
  backlogAtLast: number
}

interface Measure {
  engine: Engine
  connections: number
  seconds: number
  /** What is stored before. */
  stored?: History
}

const TURN_ROUNDS = 3

/** Webhooks as fast as they are answered, while their turns run: replies that reach the outbox, and what stays behind. */
export async function rateOfTurns(context: Context, measure: Measure): Promise<TurnRates> {
  const {load} = context
  const {connections, seconds} = measure
  const place = await makePlace(measure.engine)
  const runtime = await place.open()
  const [db] = await addTenants(runtime, 1)
  if (!db) throw new Error('No tenant.')
  if (measure.stored) {
    await addHistory(runtime, db, measure.stored)
    await place.vacuum()
  }
  const server = await serveOn(place, ['webhooks', 'flows'])
  const traffic = {tenants: 1, customers: 5000}
  try {
    // Everybody's first message: contacts and conversations are there from then on.
    await load.prepare({...traffic, count: 10_000})
    await load.run({port: server.port, connections, seconds: 30})
    const rounds: TurnRates[] = []
    let before = await rateOfBare(context, {traffic, connections})
    for (let round = 0; round < TURN_ROUNDS; round++) {
      await load.prepare({...traffic, count: 8000 * seconds})
      const run = await oneRound({load, server, runtime, db}, measure)
      const after = await rateOfBare(context, {traffic, connections})
      rounds.push({...run, bare: (before + after) / 2})
      before = after
    }
    return middle(rounds)
  } finally {
    await server.stop()
    await runtime.close()
    await place.remove()
  }
}

type People = Pick<Traffic, 'tenants' | 'customers'>

/** What the bare server does at this moment. */
async function rateOfBare(
  {load, bare, seconds}: Context,
  given: {traffic: People; connections: number},
): Promise<number> {
  await load.prepare({...given.traffic, count: 5000})
  const {perSecond} = await load.run({port: bare.port, connections: given.connections, seconds, repeat: true})
  return perSecond
}

interface Running {
  load: Load
  server: Served
  runtime: Runtime
  db: TenantDb
}

async function oneRound({load, server, runtime, db}: Running, measure: Measure): Promise<Omit<TurnRates, 'bare'>> {
  const {connections, seconds, engine} = measure
  const first = await look(runtime, db)
  const cpu = await server.cpu()
  const running = load.run({port: server.port, connections, seconds})
  const marks: Mark[] = []
  for (let n = 1; n <= 4; n++) {
    await runtime.clock.sleep((seconds * 1000) / 4)
    marks.push(await look(runtime, db))
  }
  const {refused, sent} = await running
  tellCost(`turn (${engine})`, (await server.cpu()) - cpu, sent)
  if (refused > 0) throw new Error(`${refused} webhooks were refused.`)
  const [second, last] = [marks[0], marks.at(-1)]
  if (!second || !last) throw new Error('Nothing was seen.')
  return {
    own: ((last.replies - first.replies) * 1000) / (last.at - first.at),
    backlogAtFirst: second.backlog,
    backlogAtLast: last.backlog,
  }
}

/** The medians of all rounds, and the backlog of the round in which it grew most. */
function middle(rounds: readonly TurnRates[]): TurnRates {
  const grown = (round: TurnRates) => round.backlogAtLast - round.backlogAtFirst
  const worst = rounds.reduce((one, other) => (grown(other) > grown(one) ? other : one))
  return {...worst, ...medianOf(rounds)}
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
