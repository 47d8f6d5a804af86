import {afterAll, beforeAll, describe, expect, inject, it} from 'vitest'
import type {Customer} from '../../src/sandbox/sandbox.ts'
import {type Arena, expectInvariants, openArena, quiet} from '../support/chaos.ts'
import {seededRandom} from '../support/chaos-seed.ts'
import {type Bundle, bundleServer} from '../support/chaos-server.ts'
import {engines} from '../support/stores.ts'

const rounds = Number(process.env.PYTAKE_KILL_ROUNDS ?? 8)
const seed = Number(process.env.PYTAKE_KILL_SEED ?? Math.floor(Math.random() * 1e9))

const faults = [
  'POST */messages: 500 5%',
  'POST */messages: drop 3%',
  'POST /message/*: 500 3%',
  'POST /message/*: drop 3%',
  'WEBHOOK status: duplicate 5%',
  'WEBHOOK message: duplicate 5%',
  'WEBHOOK status: reorder 5%',
]

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe.concurrent('kill -9 at random moments', () => {
  let bundle: Bundle
  beforeAll(async () => {
    console.log(`kill rounds: ${rounds}, PYTAKE_KILL_SEED=${seed}`)
    bundle = await bundleServer()
  })
  afterAll(() => bundle.remove())

  it.for(engines)(
    'loses nothing and repeats nothing (%s)',
    {timeout: 60_000 + rounds * 10_000},
    async (engine, test) => {
      test.skip(engine === 'postgres' && !inject('postgres'), 'no PostgreSQL')
      const random = seededRandom(seed)
      const arena = await openArena(engine, {bundle, random, sandbox: {faults, latencyMs: 20}})
      try {
        for (let round = 1; round <= rounds; round++) {
          const child = await arena.start()
          const people = Array.from({length: 25}, (_, n) => arena.person(n < 18 ? 'official' : 'evolution'))
          const talking = talk(arena, people, 700)
          await sleep(50 + random.number() * 900)
          await child.kill()
          await talking
        }
        await arena.start()
        await quiet(arena)
        const {unknown, outbound} = await expectInvariants(arena, rounds)
        expect(outbound).toBeGreaterThan(rounds)
        console.log(`${engine}: ${rounds} kills, ${outbound} answers, ${unknown} unknown`)
      } finally {
        await arena.close()
      }
    },
  )

  /** Everybody talks, whether or not somebody listens; some say two things at once. */
  async function talk(arena: Arena, people: readonly Customer[], ms: number): Promise<void> {
    const random = seededRandom(seed + arena.said.size)
    for (const [n, who] of people.entries()) {
      arena.say(who)
      if (n % 3 === 0) arena.say(who)
      await sleep(random.number() * 2 * (ms / people.length))
    }
  }
})
