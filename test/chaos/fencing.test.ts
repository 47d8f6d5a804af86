import {readFileSync} from 'node:fs'
import {afterAll, beforeAll, describe, expect, inject, it} from 'vitest'
import type {CrashPoint} from '../../src/runtime/crash.ts'
import {expectInvariants, openArena, quiet} from '../support/chaos.ts'
import {seededRandom} from '../support/chaos-seed.ts'
import {type Bundle, bundleServer, type ChildServer} from '../support/chaos-server.ts'
import {freePort} from '../support/free-port.ts'
import {engines} from '../support/stores.ts'
import {connect, eventually} from '../support/world.ts'

const all: CrashPoint[] = [
  'lane.claimed',
  'lane.before_sending',
  'lane.after_sending',
  'lane.request_written',
  'lane.answer_read',
  'lane.before_result',
  'lane.after_result',
]
const deep = Number(process.env.PYTAKE_KILL_ROUNDS ?? 8) > 8
const points = deep ? all : (['lane.after_sending'] as const)
const cases = engines.flatMap((engine) => points.map((point) => ({engine, point})))

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))
const isStopped = ({process: {pid}}: ChildServer) => /^State:\s+T/m.test(readFileSync(`/proc/${pid}/status`, 'utf8'))

/** A holder that sleeps through its lease and wakes up while another one works must not send anything again. */
describe.concurrent('a lane whose holder is stopped for longer than its lease', () => {
  let bundle: Bundle
  beforeAll(async () => {
    bundle = await bundleServer()
  })
  afterAll(() => bundle.remove())

  it.for(cases)('sends nothing twice: $point ($engine)', {timeout: 120_000}, async ({engine, point}, test) => {
    test.skip(engine === 'postgres' && !inject('postgres'), 'no PostgreSQL')
    const arena = await openArena(engine, {bundle, random: seededRandom(1)})
    try {
      const sleeper = await arena.start({PYTAKE_CRASH: `${point}:1:stop`})
      const people = Array.from({length: 6}, () => arena.person('official'))
      for (const who of people) arena.say(who)
      await eventually(async () => isStopped(sleeper))
      const port = await freePort()
      await arena.start({}, port)
      connect(arena.sandbox, `http://127.0.0.1:${port}`, arena.evolution)
      for (const who of people.slice(0, 3)) arena.say(who)
      await sleep(17_000)
      sleeper.process.kill('SIGCONT')
      await quiet(arena, 70_000)
      const {unknown} = await expectInvariants(arena, 1)
      expect(unknown).toBeLessThanOrEqual(people.length)
    } finally {
      await arena.close()
    }
  })
})
