import {closeSync, existsSync, fsyncSync, openSync} from 'node:fs'
import {dirname} from 'node:path'
import type {Kysely} from 'kysely'
import type {Clock} from '../../base/clock.ts'
import type {Random} from '../../base/ids.ts'
import {appendSqlite} from '../event-append.ts'
import type {Database, EventListener, NewEvent, Row, Tx} from '../database.ts'
import {isBusy, translate, unavailable} from '../unavailable.ts'
import {kyselyOnSqlite, SqliteConnection} from './connection.ts'

/** How long a writer tries for a lock that another process holds before it says `UNAVAILABLE`. */
const LOCK_PATIENCE_MS = 5000
const CHECKPOINT_PAGES = 16_000
const RECLAIMED_PAGES = 1000
const INCREMENTAL = 2

export interface SqliteOptions {
  path: string
  name: string
  clock: Clock
  random: Random
  onEvents?: EventListener
  /** Page cache in bytes, shared out by the owner of several databases. */
  cacheBytes?: number
}

/** Opens (and makes, durably) one SQLite file. */
export function openSqlite<S>(options: SqliteOptions): SqliteDatabase<S> {
  try {
    const isNew = !existsSync(options.path)
    const database = new SqliteDatabase<S>(options)
    if (isNew) syncFolder(dirname(options.path))
    return database
  } catch (error) {
    throw translate(error)
  }
}

/** A new file is only durable once its folder is. */
function syncFolder(folder: string): void {
  const handle = openSync(folder, 'r')
  try {
    fsyncSync(handle)
  } finally {
    closeSync(handle)
  }
}

export class SqliteDatabase<S> implements Database<S> {
  readonly engine = 'sqlite'
  readonly name: string
  readonly #options: SqliteOptions
  readonly #writer: SqliteConnection
  readonly #reader: SqliteConnection
  readonly #writes: Kysely<S>
  readonly #reads: Kysely<S>
  /** Tail of the queue of writers: one transaction at a time in this process. */
  #last: Promise<unknown> = Promise.resolve()

  constructor(options: SqliteOptions) {
    this.#options = options
    this.name = options.name
    this.#writer = new SqliteConnection(options.path, {readonly: false})
    this.#setUp(this.#writer)
    this.#reader = new SqliteConnection(options.path, {readonly: true})
    this.setCache(options.cacheBytes ?? 64 * 2 ** 20)
    this.#writes = kyselyOnSqlite<S>(this.#writer)
    this.#reads = kyselyOnSqlite<S>(this.#reader)
  }

  #setUp(connection: SqliteConnection): void {
    const {raw} = connection
    // Before the first table, or it has no effect on this file. Said again it would write a page at every opening.
    if (raw.pragma('auto_vacuum', {simple: true}) !== INCREMENTAL) raw.pragma('auto_vacuum = INCREMENTAL')
    whileBusy(() => raw.pragma('journal_mode = WAL'))
    raw.pragma('synchronous = FULL')
    raw.pragma('foreign_keys = ON')
    raw.pragma(`wal_autocheckpoint = ${CHECKPOINT_PAGES}`)
  }

  /** Gives this database its share of the one cache budget. */
  setCache(bytes: number): void {
    this.#writer.raw.pragma(`cache_size = -${Math.max(256, Math.round((bytes * 0.75) / 1024))}`)
    this.#reader.raw.pragma(`cache_size = -${Math.max(256, Math.round((bytes * 0.25) / 1024))}`)
  }

  async read<T>(run: (db: Kysely<S>) => Promise<T>): Promise<T> {
    try {
      return await run(this.#reads)
    } catch (error) {
      throw translate(error)
    }
  }

  write<T>(run: (tx: Tx<S>) => Promise<T>): Promise<T> {
    const turn = this.#last.then(() => this.#transaction(run))
    this.#last = turn.catch(() => undefined)
    return turn
  }

  async #transaction<T>(run: (tx: Tx<S>) => Promise<T>): Promise<T> {
    const events: NewEvent[] = []
    try {
      await this.#begin()
    } catch (error) {
      throw translate(error)
    }
    try {
      const result = await run(this.#tx(events))
      const seq = appendSqlite(this.#writer, events)
      this.#writer.run('COMMIT')
      if (seq !== undefined) this.#options.onEvents?.(this.name, seq)
      return result
    } catch (error) {
      if (this.#writer.raw.inTransaction) this.#writer.run('ROLLBACK')
      throw translate(error)
    }
  }

  /** SQLite's own wait would freeze the event loop, so the wait for another process's lock is ours. */
  async #begin(): Promise<void> {
    const {clock, random} = this.#options
    const deadline = clock.monotonic() + LOCK_PATIENCE_MS
    for (;;) {
      try {
        this.#writer.run('BEGIN IMMEDIATE')
        return
      } catch (error) {
        if (!isBusy(error)) throw error
        if (clock.monotonic() >= deadline) throw unavailable('The database is locked by another process.', error)
        await clock.sleep(2 + random.number() * 48)
      }
    }
  }

  #tx(events: NewEvent[]): Tx<S> {
    const connection = this.#writer
    return {
      engine: 'sqlite',
      db: this.#writes,
      insert: (table, rows) => {
        insertAll(connection, table, rows)
        return Promise.resolve()
      },
      insertNew: (table, key, rows) => Promise.resolve(insertNew(connection, table, key, rows)),
      update: (table, key, rows) => {
        updateAll(connection, table, key, rows)
        return Promise.resolve()
      },
      emit: (event) => void events.push(event),
    }
  }

  async reclaim(): Promise<void> {
    const turn = this.#last.then(() => void this.#writer.raw.pragma(`incremental_vacuum(${RECLAIMED_PAGES})`))
    this.#last = turn.catch(() => undefined)
    try {
      await turn
    } catch (error) {
      throw translate(error)
    }
  }

  /** A consistent copy of the file, for rehearsals and backups. */
  copyTo(path: string): void {
    this.#reader.raw.pragma('query_only = 0')
    try {
      this.#reader.run('VACUUM INTO ?', [path])
    } finally {
      this.#reader.raw.pragma('query_only = 1')
    }
  }

  async close(): Promise<void> {
    await this.#last
    this.#reader.close()
    this.#writer.close()
  }
}

/** Switching to WAL needs the file alone for an instant; another process that opens it at the same time is soon done. */
function whileBusy(run: () => void): void {
  for (let attempt = 0; ; attempt++) {
    try {
      return run()
    } catch (error) {
      if (!isBusy(error) || attempt === 200) throw error
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 5)
    }
  }
}

const quoted = (columns: readonly string[]) => columns.map((column) => `"${column}"`).join(', ')

function insertSql(table: string, columns: readonly string[], tail = ''): string {
  return `INSERT INTO "${table}" (${quoted(columns)}) VALUES (${columns.map(() => '?').join(', ')})${tail}`
}

function insertAll(connection: SqliteConnection, table: string, rows: readonly Row[]): void {
  const columns = Object.keys(rows[0] ?? {})
  if (columns.length === 0) return
  const sql = insertSql(table, columns)
  for (const row of rows) connection.run(sql, valuesOf(row, columns))
}

function insertNew(
  connection: SqliteConnection,
  table: string,
  key: readonly string[],
  rows: readonly Row[],
): boolean[] {
  const columns = Object.keys(rows[0] ?? {})
  const sql = insertSql(table, columns, ` ON CONFLICT (${quoted(key)}) DO NOTHING`)
  return rows.map((row) => connection.run(sql, valuesOf(row, columns)).changes === 1)
}

function updateAll(connection: SqliteConnection, table: string, key: readonly string[], rows: readonly Row[]): void {
  const columns = Object.keys(rows[0] ?? {}).filter((column) => !key.includes(column))
  if (columns.length === 0) return
  const sets = columns.map((column) => `"${column}" = ?`).join(', ')
  const sql = `UPDATE "${table}" SET ${sets} WHERE ${key.map((column) => `"${column}" = ?`).join(' AND ')}`
  for (const row of rows) connection.run(sql, valuesOf(row, [...columns, ...key]))
}

const valuesOf = (row: Row, columns: readonly string[]) => columns.map((column) => row[column])
