import {type Context} from '../context.ts'
import {type Figure, print, shareOfOther} from '../figure.ts'
import {rateOfSending} from './sending.ts'
import {rateOfTurns} from './turns.ts'
import {rateOfWebhooks} from './webhooks.ts'

const goals = [
  {connections: 64, least: 0.5},
  {connections: 256, least: 0.7},
]

/** The same three on PostgreSQL, where the SQLite figure of the same run is what they are held against. */
export async function postgres(context: Context): Promise<Figure[]> {
  const figures: Figure[] = []
  const add = (figure: Figure) => void figures.push(print(figure))
  const seconds = context.long ? 60 : 10
  for (const {connections, least} of goals) {
    const webhooks = {
      sqlite: await rateOfWebhooks(context, {engine: 'sqlite', tenants: 1, connections}),
      postgres: await rateOfWebhooks(context, {engine: 'postgres', tenants: 1, connections}),
    }
    const name = `webhooks committed on PostgreSQL, ${connections} connections`
    add(shareOfOther(webhooks.sqlite, webhooks.postgres, {name, unit: 'webhooks/s', least}))
    const turns = {
      sqlite: await rateOfTurns(context, {engine: 'sqlite', connections, seconds}),
      postgres: await rateOfTurns(context, {engine: 'postgres', connections, seconds}),
    }
    const title = `message to reply in the outbox on PostgreSQL, ${connections} connections`
    add(shareOfOther(turns.sqlite, turns.postgres, {name: title, unit: 'replies/s', least}))
  }
  const sqlite = await rateOfSending(context, {engine: 'sqlite'})
  const own = await rateOfSending(context, {engine: 'postgres'})
  const name = 'messages accepted from one lane on PostgreSQL'
  add(shareOfOther(sqlite, own, {name, unit: 'messages/s', least: 0.5}))
  return figures
}
