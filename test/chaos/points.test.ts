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

const cases = engines.flatMap((engine) => [
  ...media.map((point) => ({engine, point, kind: 'image' as const})),
  ...text.map((point) => ({engine, point, kind: 'text' as const})),
])

/** Kills the server once at each named place; the next one goes on from what is on disk. */
describe.concurrent('kill -9 at each named point', () => {
  let bundle: Bundle
  beforeAll(async () => {
    bundle = await bundleServer()
  })
  afterAll(() => bundle.remove())

  it.for(cases)('$point ($engine)', {timeout: 60_000}, async ({engine, point, kind}, test) => {
    test.skip(engine === 'postgres' && !inject('postgres'), 'no PostgreSQL')
    const arena = await openArena(engine, {bundle, random: seededRandom(1)})
    try {
      const first = await arena.start({PYTAKE_CRASH: `${point}:1`})
      const people = [arena.person('official'), arena.person('official'), arena.person('evolution')]
      for (const who of people) {
        if (kind === 'text') arena.say(who)
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
