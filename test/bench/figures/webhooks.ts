import {type Context, serveOn, tellCost} from '../context.ts'
import {below, type Figure, medianOf, print, shareOf, type Rates} from '../figure.ts'
import {addHistory, type History} from '../fill.ts'
import {addTenants, makePlace} from '../place.ts'
import type {Engine} from '../../../src/store/migration.ts'

interface Measure {
  engine: Engine
  tenants: number
  connections: number
  customers?: number
  /** What the first tenant has stored before. */
  stored?: History
}

/** Webhooks a second, bare and committed, in turns, so that both see the same machine. */
export async function rateOfWebhooks(context: Context, measure: Measure): Promise<Rates & {p99AtHalf: number}> {
  const {load, seconds, rounds} = context
  const {tenants, connections, customers = 5000} = measure
  const place = await makePlace(measure.engine)
  const runtime = await place.open()
  const [db] = await addTenants(runtime, tenants)
  if (db && measure.stored) {
    await addHistory(runtime, db, measure.stored)
    await place.vacuum()
  }
  await runtime.close()
  const server = await serveOn(place, ['webhooks'])
  try {
    const rates: Rates[] = []
    for (let round = 0; round <= rounds; round++) {
      await load.prepare({count: 30_000 * seconds, tenants, customers})
      const cpu = {own: await server.cpu(), bare: await context.bare.cpu()}
      const own = await load.run({port: server.port, connections, seconds})
      if (own.refused > 0) throw new Error(`${own.refused} of ${own.sent} webhooks were refused.`)
      await load.prepare({count: 5000, tenants, customers})
      const bare = await load.run({port: context.bare.port, connections, seconds, repeat: true})
      tellCost(`webhook (${measure.engine}, ${tenants} tenants)`, (await server.cpu()) - cpu.own, own.sent)
      tellCost('bare webhook', (await context.bare.cpu()) - cpu.bare, Math.round(bare.perSecond * seconds))
      // The first round warms both up.
      if (round > 0) rates.push({own: own.perSecond, bare: bare.perSecond})
    }
    const middle = medianOf(rates)
    const rate = middle.own / 2
    await load.prepare({count: Math.ceil(rate * seconds) + connections, tenants, customers})
    const half = await load.run({port: server.port, connections, seconds, rate})
    return {...middle, p99AtHalf: half.p99}
  } finally {
    await server.stop()
    await place.remove()
  }
}

export async function webhooks(context: Context): Promise<Figure[]> {
  const one = await rateOfWebhooks(context, {engine: 'sqlite', tenants: 1, connections: 64})
  const unit = 'webhooks/s'
  const first = [
    print(shareOf(one.bare, {name: 'webhooks committed, 64 connections', value: one.own, unit, least: 0.25})),
    print(below(40, {name: 'webhooks p99 at half of that load', value: one.p99AtHalf, unit: 'ms'})),
  ]
  const many = await rateOfWebhooks(context, {engine: 'sqlite', tenants: 50, connections: 64})
  const name = 'webhooks committed, spread over 50 tenants'
  return [...first, print(shareOf(many.bare, {name, value: many.own, unit, least: 0.1}))]
}
