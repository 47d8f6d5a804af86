import {mkdtempSync, rmSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import BetterSqlite3 from 'better-sqlite3'
import {sql} from 'kysely'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {systemClock} from '../../src/base/clock.ts'
import {createIds, systemRandom} from '../../src/base/ids.ts'
import {migrate} from '../../src/store/migrate.ts'
import {controlMigrations} from '../../src/store/migrations/list.ts'
import type {ControlSchema} from '../../src/store/schema/control.ts'
import {openSqlite, type SqliteDatabase} from '../../src/store/sqlite/database.ts'

let folder: string
let database: SqliteDatabase<ControlSchema>
const told: number[] = []
let syncs = 0
let isBroken = false

const open = (path: string) =>
  openSqlite<ControlSchema>({
    path,
    name: 'control',
    clock: systemClock,
    random: systemRandom,
    onEvents: (_, seq) => told.push(seq),
    sync() {
      syncs++
      return isBroken ? Promise.reject(new Error('EIO')) : Promise.resolve()
    },
  })

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'pytake-together-'))
  database = await open(join(folder, 'control.db'))
  await migrate(database, controlMigrations, {ids: createIds(systemClock), now: 0})
  told.length = syncs = 0
})
afterEach(async () => {
  isBroken = false
  await database.close()
  rmSync(folder, {recursive: true})
})

const put = (key: string, fails = false) =>
  database.write(async (tx) => {
    tx.emit({type: 'disarmed', at: 0, data: {key}})
    await tx.insert('meta', [{key, value: 'x'}])
    if (fails) throw new Error(`not ${key}`)
    return key
  })
const keysIn = async (one: SqliteDatabase<ControlSchema>) => {
  const rows = await one.read((q) => q.selectFrom('meta').select('key').orderBy('key').execute())
  return rows.map(({key}) => key).filter((key) => key.length === 1)
}
const nextTurn = () => new Promise(setImmediate)

describe('what is written in one turn', () => {
  it('is one commit, with one sync, in the order in which it came', async () => {
    expect(await Promise.all(['a', 'b', 'c'].map((key) => put(key)))).toEqual(['a', 'b', 'c'])
    expect([syncs, told]).toEqual([1, [3]])
    const events = await database.read((q) => q.selectFrom('events').select('data').orderBy('seq').execute())
    expect(events.map(({data}) => data)).toEqual([{key: 'a'}, {key: 'b'}, {key: 'c'}])
  })

  it('loses what failed, and nothing else', async () => {
    const all = await Promise.allSettled([put('a'), put('b', true), put('a'), put('c')])
    expect(all.map((one) => (one.status === 'fulfilled' ? one.value : String(one.reason)))).toEqual([
      'a',
      'Error: not b',
      expect.stringContaining('UNIQUE constraint failed'),
      'c',
    ])
    expect(await keysIn(database)).toEqual(['a', 'c'])
    expect(told).toEqual([2])
  })

  it('is refused to all of them when the disk fails', async () => {
    isBroken = true
    // Somebody who reads keeps the log from being emptied, which would be the way out.
    const reader = new BetterSqlite3(join(folder, 'control.db'))
    reader.exec('BEGIN')
    reader.prepare('SELECT * FROM meta').all()
    const all = await Promise.allSettled([put('a'), put('b')])
    expect(all.map(({status}) => status)).toEqual(['rejected', 'rejected'])
    expect(told).toEqual([])
    reader.close()
  })

  it('is all taken in, however much it is', async () => {
    const many = Array.from({length: 1000}, (_, n) => n)
    await Promise.all(
      many.map((n) => database.write((tx) => tx.insert('meta', [{key: `n${n}`, value: String(n)}]).then(() => n))),
    )
    const {rows} = await database.read((q) =>
      sql<{n: number}>`select count(*) as n from meta where key like 'n%'`.execute(q),
    )
    expect(rows[0]?.n).toBe(1000)
  })

  it('is still committed when the database is closed meanwhile', async () => {
    const path = join(folder, 'other.db')
    const other = await open(path)
    await migrate(other, controlMigrations, {ids: createIds(systemClock), now: 0})
    const written = other.write((tx) => tx.insert('meta', [{key: 'z', value: 'x'}]))
    await other.close()
    await written
    const again = await open(path)
    expect(await keysIn(again)).toEqual(['z'])
    await again.close()
  })
})

describe('what is read in one turn', () => {
  it('is seen anew in the next, whoever wrote', async () => {
    const other = await open(join(folder, 'control.db'))
    expect(await keysIn(other)).toEqual([])
    await put('a')
    await nextTurn()
    expect(await keysIn(other)).toEqual(['a'])
    await other.close()
  })

  it('holds what the same process has just written', async () => {
    expect(await keysIn(database)).toEqual([])
    for (const key of ['a', 'b', 'c']) {
      await put(key)
      expect(await keysIn(database)).toContain(key)
    }
  })
})

describe('who reads while others write', () => {
  /** A transaction that has written `key` and stays open until it is told to end. */
  const openWrite = async (key: string) => {
    let end: (fails: boolean) => void = () => undefined
    let begun = () => undefined as void
    const isOpen = new Promise<void>((resolve) => (begun = resolve))
    const done = database.write(async (tx) => {
      await tx.insert('meta', [{key, value: 'x'}])
      begun()
      if (await new Promise<boolean>((resolve) => (end = resolve))) throw new Error(`not ${key}`)
    })
    await isOpen
    return {done, end: (fails: boolean) => end(fails)}
  }

  it('sees nothing of an open transaction, and all of it once it is committed', async () => {
    expect(await keysIn(database)).toEqual([])
    const {done, end} = await openWrite('a')
    expect(await keysIn(database)).toEqual([])
    await nextTurn()
    expect(await keysIn(database)).toEqual([])
    end(false)
    await done
    expect(await keysIn(database)).toEqual(['a'])
  })

  it('sees nothing of one that failed, and does not stand in the way of the next', async () => {
    const {done, end} = await openWrite('a')
    expect(await keysIn(database)).toEqual([])
    end(true)
    await expect(done).rejects.toThrow('not a')
    expect(await keysIn(database)).toEqual([])
    // What was read in this turn is no reason to wait.
    await put('b')
    expect(await keysIn(database)).toEqual(['b'])
  })

  it('reads on while another process holds the lock that a transaction here waits for', async () => {
    const other = new BetterSqlite3(join(folder, 'control.db'))
    other.exec("BEGIN IMMEDIATE; INSERT INTO meta (key, value) VALUES ('o', 'x')")
    const waiting = put('a')
    for (let n = 0; n < 5; n++) {
      await systemClock.sleep(10)
      expect(await keysIn(database)).toEqual([])
    }
    other.exec('COMMIT')
    other.close()
    await waiting
    expect(await keysIn(database)).toEqual(['a', 'o'])
  })

  it('may not write, whichever connection it is', async () => {
    const write = () => database.read((q) => q.insertInto('meta').values({key: 'a', value: 'x'}).execute())
    await expect(write()).rejects.toThrow('may not write')
    const {done, end} = await openWrite('b')
    await expect(write()).rejects.toThrow('may not write')
    end(false)
    await done
    expect(await keysIn(database)).toEqual(['b'])
  })
})

it('a limit is part of the statement: SQLite plans anew for a bound one', async () => {
  const text = await database.read((q) =>
    Promise.resolve(q.selectFrom('meta').selectAll().limit(2).offset(1).compile()),
  )
  expect([text.sql, text.parameters]).toEqual(['select * from "meta" limit 2 offset ?', [1]])
})

it('a row has the columns of its table also when they became more since it was asked for first', async () => {
  const read = () => database.read((q) => q.selectFrom('meta').selectAll().where('key', '=', 'a').execute())
  await put('a')
  expect(await read()).toEqual([{key: 'a', value: 'x'}])
  await database.write((tx) => sql`alter table meta add column more_at integer default 0`.execute(tx.db))
  expect(await read()).toEqual([{key: 'a', value: 'x', more_at: new Date(0)}])
})
