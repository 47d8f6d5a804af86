import BetterSqlite3 from 'better-sqlite3'
import {spawnSync} from 'node:child_process'
import {chmodSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import {systemClock} from '../../src/base/clock.ts'
import {createIds, systemRandom} from '../../src/base/ids.ts'
import {migrate} from '../../src/store/migrate.ts'
import {controlMigrations} from '../../src/store/migrations/list.ts'
import type {ControlSchema} from '../../src/store/schema/control.ts'
import {openSqlite} from '../../src/store/sqlite/database.ts'
import {openMainFile} from '../../src/store/sqlite/main-file.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'pytake-sharing-'))
  path = join(folder, 'control.db')
})
afterEach(() => rmSync(folder, {recursive: true}))

const open = () => openSqlite<ControlSchema>({path, name: 'control', clock: systemClock, random: systemRandom})

async function made() {
  const database = await open()
  await migrate(database, controlMigrations, {ids: createIds(systemClock), now: 0})
  return database
}

describe('an SQLite file that several programs use', () => {
  it('is waited for while another one opens or closes it', async () => {
    await (await made()).close()
    // What an opening or closing program does for an instant, held for longer.
    const other = new BetterSqlite3(path)
    other.pragma('locking_mode = EXCLUSIVE')
    other.exec("BEGIN IMMEDIATE; INSERT INTO meta (key, value) VALUES ('other', 'x'); COMMIT")
    const opening = open()
    const early = await Promise.race([opening, systemClock.sleep(150).then(() => 'waiting')])
    expect(early).toBe('waiting')
    other.close()
    const database = await opening
    const rows = await database.read((q) => q.selectFrom('meta').selectAll().execute())
    expect(rows).toContainEqual({key: 'other', value: 'x'})
    await database.close()
  })

  it('belongs to its owner alone, with its log, also when it was made by somebody less careful', async () => {
    const modes = () => readdirSync(folder).map((name) => (statSync(join(folder, name)).mode & 0o777).toString(8))
    const database = await made()
    expect(readdirSync(folder).length).toBe(3)
    expect(new Set(modes())).toEqual(new Set(['600']))
    await database.close()
    chmodSync(path, 0o644)
    const again = await made()
    expect(new Set(modes())).toEqual(new Set(['600']))
    await again.close()
  })

  it('keeps its log while it is open here, whatever was synced and whoever closes it elsewhere', async () => {
    const database = await made()
    const file = openMainFile(path)
    await file.sync()
    file.close()
    // Whoever finds no lock of anybody else takes itself for the last, and removes the log.
    const code = `const db = new (require('better-sqlite3'))(${JSON.stringify(path)}); db.pragma('user_version'); db.close()`
    const {status, stderr} = spawnSync(process.execPath, ['-e', code], {encoding: 'utf8'})
    expect({status, stderr}).toEqual({status: 0, stderr: ''})
    expect(readdirSync(folder).toSorted()).toEqual(['control.db', 'control.db-shm', 'control.db-wal'])
    await database.close()
    expect(readdirSync(folder)).toEqual(['control.db'])
  })

  it('is closed again when it cannot be set up', async () => {
    writeFileSync(path, 'This is no database, and long enough to be taken for one by its size alone.'.repeat(20))
    await expect(open()).rejects.toThrow('not a database')
  })
})
