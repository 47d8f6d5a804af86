import {execFileSync} from 'node:child_process'
import {appendFileSync, existsSync, rmSync, writeFileSync} from 'node:fs'
import {join} from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import pg from 'pg'
import {afterAll, beforeAll, describe, expect, inject, it} from 'vitest'
import {type Arena, expectInvariants, openArena, quiet} from '../support/chaos.ts'
import {seededRandom} from '../support/chaos-seed.ts'
import {type Bundle, bundleServer, type ChildServer} from '../support/chaos-server.ts'
import {postSigned, textWebhook} from '../support/webhook-post.ts'
import {APP_SECRET, eventually, PHONE_NUMBER_ID} from '../support/world.ts'

const sleep = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms))

describe.concurrent('a store in trouble', () => {
  let bundle: Bundle
  beforeAll(async () => {
    bundle = await bundleServer()
  })
  afterAll(() => bundle.remove())

  it(
    'keeps its event loop free and loses nothing while another process locks the file for 3 s',
    {timeout: 60_000},
    async () => {
      const arena = await openArena('sqlite', {bundle, random: seededRandom(1)})
      try {
        const child = await arena.start()
        const people = Array.from({length: 12}, () => arena.person('official'))
        for (const who of people) arena.say(who)
        await quiet(arena)
        const lock = new BetterSqlite3(join(arena.place.home, 'tenants', `${arena.db.name}.db`), {timeout: 5000})
        lock.exec('BEGIN IMMEDIATE')
        child.watchDelay()
        for (const who of people) {
          arena.say(who)
          await sleep(3000 / people.length)
        }
        const delay = await child.delay()
        lock.exec('ROLLBACK')
        lock.close()
        // A loop that waited for the lock would show 3,000; busy neighbours on the machine show too.
        expect(delay).toBeLessThan(250)
        await quiet(arena)
        await expectInvariants(arena, 0)
      } finally {
        await arena.close()
      }
    },
  )

  it(
    'answers 503 while the disk is full, and goes on by itself when there is room',
    {timeout: 60_000},
    async (test) => {
      let mounted: string | undefined
      let arena: Arena | undefined
      try {
        arena = await openArena('sqlite', {
          bundle,
          random: seededRandom(1),
          prepare({home}) {
            mounted = mountSmallDisk(home)
          },
        })
        test.skip(mounted === undefined, 'a small disk cannot be mounted here')
        const child = await arena.start()
        const who = arena.person('official')
        arena.say(who)
        await quiet(arena)
        const ballast = fill(arena.place.home)
        arena.say(who)
        await expectRefusal(arena, child)
        rmSync(ballast)
        await quiet(arena)
        await expectInvariants(arena, 0)
      } finally {
        // Files that are still open keep working; the folder is free to be removed.
        if (mounted !== undefined) execFileSync('umount', ['--lazy', mounted])
        await arena?.close()
      }
    },
  )

  it('answers 503 while PostgreSQL is gone, and goes on by itself when it is back', {timeout: 60_000}, async (test) => {
    test.skip(!inject('postgres'), 'no PostgreSQL')
    const arena = await openArena('postgres', {bundle, random: seededRandom(1)})
    const admin = new pg.Client({connectionString: inject('postgres')})
    await admin.connect()
    try {
      const child = await arena.start()
      const people = Array.from({length: 8}, () => arena.person('official'))
      for (const who of people) arena.say(who)
      await quiet(arena)
      const name = new URL(arena.place.databaseUrl ?? '').pathname.slice(1)
      for (const who of people) arena.say(who)
      await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS false`)
      await admin.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [name])
      for (const who of people) arena.say(who)
      await expectRefusal(arena, child)
      await sleep(2000)
      // No connection of before is left by now: new ones are refused.
      await expectRefusal(arena, child)
      await admin.query(`ALTER DATABASE ${name} ALLOW_CONNECTIONS true`)
      await quiet(arena)
      await expectInvariants(arena, 1)
      expect(child.process.exitCode).toBeNull()
    } finally {
      await admin.end()
      await arena.close()
    }
  })
})

/** The provider is told to come again, and the process lives. */
async function expectRefusal(arena: Arena, {process: child}: ChildServer): Promise<void> {
  const status = await postSigned(
    arena.url,
    textWebhook([{phoneNumberId: PHONE_NUMBER_ID, id: 'wamid.refused', from: '5511999990000', text: 'x'}]),
    APP_SECRET,
  )
  expect(status).toBe(503)
  await eventually(async () => arena.sandbox.stats().webhooksFailed > 0)
  expect(child.exitCode).toBeNull()
  expect(child.signalCode).toBeNull()
}

function mountSmallDisk(folder: string): string | undefined {
  try {
    execFileSync('mount', ['-t', 'tmpfs', '-o', 'size=24m', 'tmpfs', folder], {stdio: 'ignore'})
    return folder
  } catch {
    return undefined
  }
}

/** Fills the disk to the last block. */
function fill(folder: string): string {
  const path = join(folder, 'ballast')
  writeFileSync(path, '')
  for (const size of [1 << 20, 1 << 12]) {
    try {
      for (;;) appendFileSync(path, Buffer.alloc(size))
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'ENOSPC') throw error
    }
  }
  expect(existsSync(path)).toBe(true)
  return path
}
