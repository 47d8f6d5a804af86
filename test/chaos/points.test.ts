import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {afterAll, beforeAll, describe, expect, inject, it} from 'vitest'
import type {CrashPoint} from '../../src/runtime/crash.ts'
import {type Arena, expectInvariants, openArena, quiet} from '../support/chaos.ts'
import {seededRandom} from '../support/chaos-seed.ts'
import {type Bundle, bundleServer} from '../support/chaos-server.ts'
import {engines} from '../support/stores.ts'

const text: CrashPoint[] = [
  'webhook.before_commit',
  'webhook.after_commit',
  'turn.before_commit',
  'turn.after_commit',
  'status.before_commit',
  'status.after_commit',
  'lane.before_result',
  'lane.claimed',
  'lane.before_sending',
  'lane.after_sending',
  'lane.request_written',
  'lane.answer_read',
  'lane.after_result',
]
const media: CrashPoint[] = ['job.claimed', 'job.before_commit', 'job.after_commit']
/** A call is in doubt from here to there. */
const calls: CrashPoint[] = ['job.claimed', 'job.before_commit']

/** Results of sending are there at the second step of a lane. */
const nth = (point: CrashPoint) => (point === 'lane.before_result' || point === 'lane.after_result' ? 2 : 1)

const cases = engines.flatMap((engine) => [
  ...media.map((point) => ({engine, point, kind: 'image' as const})),
  ...text.map((point) => ({engine, point, kind: 'text' as const})),
  ...calls.map((point) => ({engine, point, kind: 'call' as const})),
])

/** Asks somebody else before it answers. Where it may not ask, so the call itself ends at once. */
const callingFlow = (retry: boolean) => `
flow: eco
name: Eco
trigger: {type: message_received}
nodes:
  - {id: pergunta, type: api_call, data: {method: POST, url: "http://127.0.0.1:1/saldo", retry: ${retry}}}
  - {id: eco, type: message, data: {text: "eco {{response}}"}}
edges:
  - {source: pergunta, target: eco, condition: "outcome in ['blocked', 'unknown']"}
`

/** Kills the server once at each named place; the next one goes on from what is on disk. */
describe.concurrent('kill -9 at each named point', () => {
  let bundle: Bundle
  beforeAll(async () => {
    bundle = await bundleServer()
  })
  afterAll(() => bundle.remove())

  it.for(engines)('repeats a call that may be repeated (%s)', {timeout: 120_000}, async (engine, test) => {
    test.skip(engine === 'postgres' && !inject('postgres'), 'no PostgreSQL')
    const arena = await openArena(engine, {bundle, random: seededRandom(1), flows: [callingFlow(true)]})
    try {
      const first = await arena.start({PYTAKE_CRASH: 'job.before_commit:1'})
      arena.say(arena.person('official'))
      expect(await first.gone).toBe('SIGKILL')
      await arena.start()
      await quiet(arena)
      await expectInvariants(arena, 1)
      const jobs = await arena.db.read((q) => q.selectFrom('jobs').select(['state', 'attempts', 'result']).execute())
      expect(jobs).toEqual([{state: 'done', attempts: 2, result: {outcome: 'blocked'}}])
    } finally {
      await arena.close()
    }
  })

  /** Nobody knows whether a call that was being made when the process died had been made. */
  async function callsInDoubt({db}: Arena): Promise<number> {
    const jobs = await db.read((q) => q.selectFrom('jobs').select('id').where('state', '=', 'failed').execute())
    return jobs.length
  }

  it.for(cases)('$point ($engine)', {timeout: 120_000}, async ({engine, point, kind}, test) => {
    test.skip(engine === 'postgres' && !inject('postgres'), 'no PostgreSQL')
    const arena = await openArena(engine, {
      bundle,
      random: seededRandom(1),
      ...(kind === 'call' ? {flows: [callingFlow(false)]} : {}),
    })
    try {
      const first = await arena.start({PYTAKE_CRASH: `${point}:${nth(point)}`})
      const people = [arena.person('official'), arena.person('official'), arena.person('evolution')]
      for (const who of people) {
        if (kind !== 'image') arena.say(who)
        else arena.say(who, (caption) => void who.sendImage({caption}))
      }
      expect(await first.gone).toBe('SIGKILL')
      await arena.start()
      await quiet(arena)
      for (const who of people.slice(0, 2)) arena.say(who)
      await quiet(arena)
      const {unknown} = await expectInvariants(arena, 1)
      expect(unknown).toBeLessThanOrEqual(people.length)
      if (kind === 'image') await expectFiles(arena, people.length)
      if (kind === 'call') expect(await callsInDoubt(arena)).toBeGreaterThan(0)
    } finally {
      await arena.close()
    }
  })

  async function expectFiles({db, place}: Arena, count: number): Promise<void> {
    const messages = await db.read((q) =>
      q.selectFrom('messages').select(['media_url', 'metadata']).where('media_url', 'is not', null).execute(),
    )
    expect(messages.length).toBe(count)
    for (const {metadata} of messages) {
      const {sha256} = (metadata as {media: {sha256: string}}).media
      expect(existsSync(join(place.home, 'uploads', db.name, sha256)), sha256).toBe(true)
    }
  }
})
