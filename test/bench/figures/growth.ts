import type {Context} from '../context.ts'
import {type Figure, print, shareOfOther} from '../figure.ts'
import {rateOfSending} from './sending.ts'
import {rateOfTurns} from './turns.ts'

const stored = {contacts: 50_000, messages: 1_000_000}

/** The figures with a long history stored, held against those of an empty store. Takes long: only with `--long`. */
export async function growth(context: Context): Promise<Figure[]> {
  if (!context.long) return []
  const turn = {engine: 'sqlite', connections: 64, seconds: 30} as const
  const turns = {empty: await rateOfTurns(context, turn), full: await rateOfTurns(context, {...turn, stored})}
  const sending = {
    empty: await rateOfSending(context, {engine: 'sqlite'}),
    full: await rateOfSending(context, {engine: 'sqlite', stored}),
  }
  const after = 'with a million messages stored'
  const least = 0.8
  return [
    print(shareOfOther(turns.empty, turns.full, {name: `replies ${after}`, unit: 'replies/s', least})),
    print(shareOfOther(sending.empty, sending.full, {name: `sending ${after}`, unit: 'messages/s', least})),
  ]
}
