import {systemClock} from '../../../src/base/clock.ts'
import {createHttp} from '../../../src/base/http.ts'
import {systemRandom} from '../../../src/base/ids.ts'
import {invoicesOf} from '../../../src/erp/lookups.ts'
import {connectors} from '../../../src/erp/registry.ts'
import {createWire, type Wire} from '../../../src/erp/wire.ts'
import {silentLogger} from '../../../src/observability/logger.ts'
import {type Sandbox, startSandbox} from '../../../src/sandbox/sandbox.ts'
import {connectionTo} from '../../support/erp.ts'
import type {Context} from '../context.ts'
import {atLeast, below, type Figure, print, shareOf} from '../figure.ts'

const ANSWER_MS = 50
const CONCURRENCY = 8
const CALLERS = 64
/** What that many places give when an answer takes that long. */
const MOST = (CONCURRENCY * 1000) / ANSWER_MS

/** Look-ups a second through one connection, none of them from the cache; and what the breaker makes of a dead ERP. */
export async function erp({seconds}: Context): Promise<Figure[]> {
  const sandbox = await startSandbox({clock: systemClock, random: systemRandom, latencyMs: ANSWER_MS})
  const http = createHttp({clock: systemClock})
  const connection = connectionTo('ixcsoft', sandbox.erpUrl, {settings: {concurrency: String(CONCURRENCY)}})
  const wire = createWire(
    {http, clock: systemClock, random: systemRandom, log: silentLogger},
    connectors.ixcsoft,
    connection,
  )
  try {
    await rateOf(wire, 1)
    const rate = await rateOf(wire, seconds)
    const unit = 'look-ups/s'
    const figures = [
      print(atLeast(100, {name: 'ERP look-ups, 50 ms answers, 8 at once', value: rate, unit})),
      print(shareOf(MOST, {name: 'the same as a share of what 8 places allow', value: rate, unit, least: 0.85})),
    ]
    return [...figures, ...(await breakerFigures(sandbox, wire))]
  } finally {
    await http.close()
    await sandbox.close()
  }
}

async function rateOf(wire: Wire, seconds: number): Promise<number> {
  const start = performance.now()
  const end = start + seconds * 1000
  let done = 0
  const call = async () => {
    while (performance.now() < end) {
      const customerId = String((done % 100) + 1)
      wire.cache.clear()
      const answer = await invoicesOf(wire, {customerId: `${customerId}.${done++}`, wish: 'open'})
      if (answer.outcome !== 'found') throw new Error(`${answer.outcome}: ${answer.message}`)
    }
  }
  await Promise.all(Array.from({length: CALLERS}, call))
  return done / ((performance.now() - start) / 1000)
}

async function breakerFigures(sandbox: Sandbox, wire: Wire): Promise<Figure[]> {
  const ask = (n: number) => invoicesOf(wire, {customerId: String(n), wish: 'open'}, {fresh: true})
  const state = () => wire.breaker.state
  sandbox.setFaults(['* *: 500'])
  let failures = 0
  for (; state() === 'closed'; failures++) await ask(failures)
  const before = performance.now()
  for (let n = 0; n < 1000; n++) await ask(n)
  const refusal = (performance.now() - before) / 1000
  sandbox.setFaults([])
  while (state() === 'open') await systemClock.sleep(50)
  let probes = 0
  for (; state() !== 'closed' && probes < 10; probes++) await ask(probes)
  return [
    print(below(11, {name: 'failures until a dead ERP is let alone', value: failures, unit: 'failures'})),
    print(below(1, {name: 'a look-up while it is let alone', value: refusal, unit: 'ms'})),
    print(below(2, {name: 'probes until it is asked again', value: probes, unit: 'probes'})),
  ]
}
