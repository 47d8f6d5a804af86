import {execFile} from 'node:child_process'
import {promisify} from 'node:util'
import {afterAll, beforeAll, describe, expect, inject, it} from 'vitest'
import {systemRandom} from '../../src/base/ids.ts'
import {expectInvariants, openArena, quiet} from '../support/chaos.ts'
import {type Bundle, bundleServer} from '../support/chaos-server.ts'
import {engines} from '../support/stores.ts'

const seconds = Number(process.env.PYTAKE_SOAK_SECONDS ?? 300)
const PER_SECOND = 5
const SAMPLE_MS = 2000

const faults = [
  'POST */messages: 500 5%',
  'POST /message/*: 500 5%',
  'WEBHOOK status: duplicate 10%',
  'WEBHOOK message: duplicate 10%',
  'WEBHOOK status: reorder 10%',
]

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe('a server that works for long', () => {
  let bundle: Bundle
  beforeAll(async () => {
    bundle = await bundleServer()
  })
  afterAll(() => bundle.remove())

  it.for(engines)(
    'answers everybody once and does not grow (%s)',
    {timeout: (seconds + 120) * 1000},
    async (engine, test) => {
      test.skip(engine === 'postgres' && !inject('postgres'), 'no PostgreSQL')
      const arena = await openArena(engine, {bundle, random: systemRandom, sandbox: {faults}})
      try {
        const {pid = 0} = (await arena.start()).process
        // Enough people that nobody gets more than one answer in 12 seconds: the pace per person is not what is tried.
        const people = Array.from({length: 12 * PER_SECOND}, (_, n) => arena.person(n % 5 ? 'official' : 'evolution'))
        const megabytes: number[] = []
        const end = performance.now() + seconds * 1000
        let sampleAt = performance.now()
        for (let turn = 0; performance.now() < end; turn++) {
          const who = people[turn % people.length]
          if (who) arena.say(who)
          if (performance.now() >= sampleAt) {
            megabytes.push(await residentMb(pid))
            sampleAt += SAMPLE_MS
          }
          await sleep(1000 / PER_SECOND)
        }
        await quiet(arena)
        await expectInvariants(arena, 0)
        const quarter = Math.floor(megabytes.length / 4)
        const early = mean(megabytes.slice(quarter, 2 * quarter))
        const late = mean(megabytes.slice(-quarter))
        console.log(`${engine}: ${arena.said.size} answers, ${early.toFixed(0)} MB early, ${late.toFixed(0)} MB late`)
        expect(late, 'MB resident in the last quarter').toBeLessThan(early * 1.2 + 20)
      } finally {
        await arena.close()
      }
    },
  )
})

async function residentMb(pid: number): Promise<number> {
  const {stdout} = await promisify(execFile)('ps', ['-o', 'rss=', '-p', String(pid)])
  return Number(stdout) / 1024
}

const mean = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length
