import type {Engine} from '../../../src/store/migration.ts'
import type {Context} from '../context.ts'
import {type Figure, print, shareOfOther} from '../figure.ts'
import {rateOfSending} from './sending.ts'
import {rateOfTurns} from './turns.ts'
import {rateOfWebhooks} from './webhooks.ts'

const stored = {contacts: 50_000, messages: 1_000_000}

/** The figures with a long history stored, held against those of an empty store. Takes long: only with `--long`. */
export const growth = (context: Context): Promise<Figure[]> => growthOn(context, 'sqlite')

export const growthOnPostgres = (context: Context): Promise<Figure[]> => growthOn(context, 'postgres')

async function growthOn(context: Context, engine: Engine): Promise<Figure[]> {
  if (!context.long) return []
  const figures: Figure[] = []
  const add = (figure: Figure) => void figures.push(print(figure))
  const after = `with a million messages stored${engine === 'postgres' ? ' on PostgreSQL' : ''}`
  const least = 0.8
  const webhook = {engine, tenants: 1, connections: 64}
  const webhooks = {
    empty: await rateOfWebhooks(context, webhook),
    full: await rateOfWebhooks(context, {...webhook, stored}),
  }
  add(shareOfOther(webhooks.empty, webhooks.full, {name: `webhooks committed ${after}`, unit: 'webhooks/s', least}))
  const turn = {engine, connections: 64, seconds: 30}
  const turns = {empty: await rateOfTurns(context, turn), full: await rateOfTurns(context, {...turn, stored})}
  add(shareOfOther(turns.empty, turns.full, {name: `replies ${after}`, unit: 'replies/s', least}))
  const sending = {empty: await rateOfSending(context, {engine}), full: await rateOfSending(context, {engine, stored})}
  add(shareOfOther(sending.empty, sending.full, {name: `sending ${after}`, unit: 'messages/s', least}))
  return figures
}
