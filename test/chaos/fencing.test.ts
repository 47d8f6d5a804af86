import {readFileSync} from 'node:fs'
import {afterAll, beforeAll, describe, expect, inject, it} from 'vitest'
import type {CrashPoint} from '../../src/runtime/crash.ts'
import type {Engine} from '../../src/store/migration.ts'
import {expectInvariants, openArena, quiet} from '../support/chaos.ts'
import {seededRandom} from '../support/chaos-seed.ts'
import {type Bundle, bundleServer, type ChildServer} from '../support/chaos-server.ts'
import {freePort} from '../support/free-port.ts'
import {engines} from '../support/stores.ts'
import {connect, eventually} from '../support/world.ts'

/** Longer than a lane's lease. */
const STOPPED_MS = 17_000

/** Between each pair of steps of a send; results are there at the second step of a lane. */
const steps: [CrashPoint, nth: number][] = [
  ['lane.claimed', 1],
  ['lane.after_sending', 1],
  ['lane.request_written', 1],
  ['lane.answer_read', 1],
  ['lane.after_result', 2],
]
const insideCommits: typeof steps = [
  ['lane.before_sending', 1],
  ['lane.before_result', 2],
]
const deep = Number(process.env.PYTAKE_KILL_ROUNDS ?? 8) > 8
const points = deep ? [...steps, ...insideCommits] : steps

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const isStopped = ({process: {pid}}: ChildServer) => /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))

/** A holder that sleeps through its lease and wakes up while another one works must not send anything again. */
describe.concurrent('a lane whose holder is stopped for longer than its lease', () => {
  let bundle: Bundle
  beforeAll(async () => {
    bundle = await bundleServer()
  })
  afterAll(() => bundle.remove())

  // They sleep for most of their time, so all points of an engine go side by side.
  it.for(engines)('sends nothing twice, wherever it was stopped (%s)', {timeout: 300_000}, async (engine, test) => {
    test.skip(engine === 'postgres' && !inject('postgres'), 'no PostgreSQL')
    const outcomes = await Promise.allSettled(points.map((point) => stopAt(engine, bundle, point)))
    // Only now: whoever is stopped stays on the machine until somebody ends it.
    for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason
  })
})

async function stopAt(engine: Engine, bundle: Bundle, [point, nth]: (typeof steps)[number]): Promise<void> {
  const arena = await openArena(engine, {bundle, random: seededRandom(1)})
  try {
    const sleeper = await arena.start({PYTAKE_CRASH: `${point}:${nth}:stop`})
    const people = Array.from({length: 6}, () => arena.person('official'))
    for (const who of people) arena.say(who)
    await eventually(async () => isStopped(sleeper), 30_000)
    const port = await freePort()
    await arena.start({}, port)
    connect(arena.sandbox, `http://127.0.0.1:${port}`, arena.evolution)
    for (const who of people.slice(0, 3)) arena.say(who)
    await sleep(STOPPED_MS)
    sleeper.process.kill('SIGCONT')
    await quiet(arena, 90_000)
    const {unknown} = await expectInvariants(arena, 1)
    expect(unknown, point).toBeLessThanOrEqual(people.length)
  } catch (error) {
    throw new Error(`stopped at ${point} (${engine})`, {cause: error})
  } finally {
    await arena.close()
  }
}
