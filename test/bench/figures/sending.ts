import type {SandboxStats} from '../../../src/sandbox/contract.ts'
import type {Engine} from '../../../src/store/migration.ts'
import {startChild} from '../child.ts'
import {type Context, serveOn, tellCost} from '../context.ts'
import {type Figure, medianOf, print, type Rates, shareOf} from '../figure.ts'
import {addHistory, addQueued, type History} from '../fill.ts'
import {addTenants, makePlace} from '../place.ts'

/**
 * A daemon's first seconds are its compiler's, and each round begins one, because nothing else fills its queue. The bare loop
 * and the sandbox are warm since the first round.
 */
const WARMING_S = 5

/** So many that nobody gets as much as WhatsApp lets one person have, which is another limit than the lane's own. */
const PEOPLE = 20_000

/** Times as long as the bare loop: a machine's speed wanders from one ten seconds to the next. */
const MEASURED = 2

interface Measure {
  engine: Engine
  stored?: History
}

/** Messages a second that the sandbox takes from one lane, and from a bare loop with as many sockets. */
export async function rateOfSending(context: Context, {engine, stored}: Measure): Promise<Rates> {
  const place = await makePlace(engine)
  const sandbox = startChild('sandbox')
  const loop = startChild('undici-loop')
  const url = await sandbox.call<string>('start', {})
  await sandbox.call('number', {})
  const runtime = await place.open()
  try {
    const [db] = await addTenants(runtime, 1, url)
    if (!db) throw new Error('No tenant.')
    await addHistory(runtime, db, stored ?? {contacts: PEOPLE, messages: 0})
    const {seconds, rounds} = context
    const accepted = async () => (await sandbox.call<SandboxStats>('stats')).accepted
    const limit = () => loop.call<number>('run', {url, seconds})
    const measured: Rates[] = []
    let before = await limit()
    for (let round = 0; round <= rounds; round++) {
      // More than could go out meanwhile, so that no machine is fast enough to run dry.
      await addQueued(runtime, db, Math.ceil(before * (MEASURED * seconds + WARMING_S)))
      const server = await serveOn(place, ['sender'])
      await runtime.clock.sleep(WARMING_S * 1000)
      const [from, at, cpu] = [await accepted(), runtime.clock.monotonic(), await server.cpu()]
      await runtime.clock.sleep(MEASURED * seconds * 1000)
      const sent = (await accepted()) - from
      const own = (sent * 1000) / (runtime.clock.monotonic() - at)
      tellCost(`sending (${engine})`, (await server.cpu()) - cpu, sent)
      await server.stop()
      // On both sides, for the same reason.
      const after = await limit()
      const bare = (before + after) / 2
      before = after
      await db.write((tx) => tx.db.deleteFrom('outbox').execute())
      await place.vacuum()
      if (round > 0) measured.push({bare, own})
    }
    return medianOf(measured)
  } finally {
    await runtime.close()
    await loop.stop()
    await sandbox.stop()
    await place.remove()
  }
}

export async function sending(context: Context): Promise<Figure[]> {
  const {bare, own} = await rateOfSending(context, {engine: 'sqlite'})
  return [print(shareOf(bare, {name: 'messages accepted from one lane', value: own, unit: 'messages/s', least: 0.4}))]
}
