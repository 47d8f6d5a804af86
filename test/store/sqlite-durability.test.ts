import {mkdtempSync, rmSync, statSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import {afterEach, describe, expect, it} from 'vitest'
import {systemClock} from '../../src/base/clock.ts'
import {createIds, systemRandom} from '../../src/base/ids.ts'
import {migrate} from '../../src/store/migrate.ts'
import {controlMigrations} from '../../src/store/migrations/list.ts'
import type {ControlSchema} from '../../src/store/schema/control.ts'
import {openSqlite, type SqliteDatabase} from '../../src/store/sqlite/database.ts'
import {eventually} from '../support/world.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, {recursive: true})
})

/** A database on a disk that writes when the test says so. */
async function onSlowDisk() {
  const folder = mkdtempSync(join(tmpdir(), 'pytake-disk-'))
  folders.push(folder)
  const path = join(folder, 'control.db')
  const disk = {holds: false, waiting: [] as {done: () => void; fail: (error: Error) => void}[]}
  const told: number[] = []
  const database = await openSqlite<ControlSchema>({
    path,
    name: 'control',
    clock: systemClock,
    random: systemRandom,
    onEvents: (_, seq) => told.push(seq),
    sync: () => (disk.holds ? new Promise((done, fail) => disk.waiting.push({done, fail})) : Promise.resolve()),
  })
  await migrate(database, controlMigrations, {ids: createIds(systemClock), now: 0})
  disk.holds = true
  return {database, disk, told, path}
}

const put = (database: SqliteDatabase<ControlSchema>, key: string) =>
  database.write((tx) => {
    tx.emit({type: 'disarmed', at: 0, data: {key}})
    return tx.insert('meta', [{key, value: 'x'}])
  })

const keys = (database: SqliteDatabase<ControlSchema>) =>
  database.read(async (q) => (await q.selectFrom('meta').select('key').orderBy('key').execute()).map(({key}) => key))

const state = (promise: Promise<unknown>) =>
  Promise.race([
    promise.then(
      () => 'told',
      () => 'refused',
    ),
    new Promise((resolve) => setTimeout(resolve, 20, 'waiting')),
  ])

describe('a commit on SQLite', () => {
  it('is told of, with its events, only when it is on disk', async () => {
    const {database, disk, told} = await onSlowDisk()
    const first = put(database, 'a')
    expect(await state(first)).toBe('waiting')
    const second = put(database, 'b')
    expect([await state(first), await state(second), told]).toEqual(['waiting', 'waiting', []])
    disk.waiting[0]?.done()
    await first
    // The second was committed while the first sync ran: that sync does not vouch for it.
    expect([await state(second), told]).toEqual(['waiting', [1]])
    disk.waiting[1]?.done()
    await second
    expect([disk.waiting.length, told]).toEqual([2, [1, 2]])
    await database.close()
  })

  it('that wrote nothing waits for no disk', async () => {
    const {database, disk} = await onSlowDisk()
    await database.write((tx) => tx.db.selectFrom('meta').select('key').execute())
    expect(disk.waiting).toHaveLength(0)
    await database.close()
  })

  it('is safe in the main file when the log cannot be synced', async () => {
    const {database, disk, path} = await onSlowDisk()
    const one = put(database, 'a')
    expect(await state(one)).toBe('waiting')
    disk.waiting[0]?.fail(new Error('EIO'))
    await one
    expect(statSync(`${path}-wal`).size).toBe(0)
    const two = put(database, 'b')
    expect(await state(two)).toBe('waiting')
    disk.waiting[1]?.done()
    await two
    expect(await keys(database)).toEqual(['a', 'b'])
    await database.close()
  })

  it('is refused while neither works, and things go on when the disk is back', async () => {
    const {database, disk, path} = await onSlowDisk()
    const other = new BetterSqlite3(path)
    // Somebody who reads keeps the log from being emptied.
    other.exec('BEGIN; SELECT count(*) FROM meta')
    const one = put(database, 'a')
    expect(await state(one)).toBe('waiting')
    disk.waiting[0]?.fail(new Error('EIO'))
    await expect(one).rejects.toMatchObject({code: 'UNAVAILABLE'})
    other.close()
    await put(database, 'b')
    expect(await keys(database)).toEqual(['a', 'b'])
    await database.close()
  })
})

describe("SQLite's log", () => {
  /** Writes pages of 4 KB, far fewer than SQLite itself would empty its log for. */
  async function fill(database: SqliteDatabase<ControlSchema>, pages: number, from = 0) {
    const value = 'x'.repeat(4000)
    for (let n = from; n < from + pages; n += 500) {
      const rows = Array.from({length: 500}, (_, i) => ({key: `row ${n + i}`, value}))
      await database.write((tx) => tx.insert('meta', rows))
      await new Promise((resolve) => setTimeout(resolve, 10))
    }
  }

  it('is emptied beside the writers, begins anew, and loses nothing', async () => {
    const {database, disk, path} = await onSlowDisk()
    disk.holds = false
    await fill(database, 60_000)
    // Never emptied it would be as long as all that was written, and the main file would have nothing.
    expect(statSync(`${path}-wal`).size).toBeLessThan(45_000 * 4096)
    expect(statSync(path).size).toBeGreaterThan(12_000 * 4096)
    await database.close()
    const after = new BetterSqlite3(path, {readonly: true})
    expect(after.prepare("SELECT count(*) FROM meta WHERE key LIKE 'row %'").pluck().get()).toBe(60_000)
    expect(after.pragma('integrity_check', {simple: true})).toBe('ok')
    after.close()
  })

  it('is emptied sooner by one of many, whose share of the pages is small', async () => {
    const {database, disk, path} = await onSlowDisk()
    disk.holds = false
    await fill(database, 4000)
    expect(statSync(path).size).toBeLessThan(500 * 4096)
    database.setCache(4 * 2 ** 20)
    await fill(database, 4000, 4000)
    await eventually(() => Promise.resolve(statSync(path).size > 4000 * 4096))
    await database.close()
  })
})
