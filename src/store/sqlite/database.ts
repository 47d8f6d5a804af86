import {chmodSync, closeSync, existsSync, fsyncSync, openSync, statSync} from 'node:fs'
import {dirname} from 'node:path'
import type {Kysely} from 'kysely'
import type {Clock} from '../../base/clock.ts'
import type {Random} from '../../base/ids.ts'
import {appendSqlite} from '../event-append.ts'
import type {Database, EventListener, NewEvent, Row, Tx} from '../database.ts'
import {isBusy, translate, unavailable} from '../unavailable.ts'
import {checkpoint} from './checkpointer.ts'
import {kyselyOnSqlite, SqliteConnection} from './connection.ts'
import {type Flusher, openFlusher, type Sync} from './flusher.ts'

/** How long a writer tries for a lock that another process holds before it says `UNAVAILABLE`. */
const LOCK_PATIENCE_MS = 5000
/** So many statements that write fill about as many pages of the log; then a thread empties it. */
const CHECKPOINT_WRITES = 12_000
/** Left for the moment in which nobody may write. */
const FEW_PAGES = 500
const CHECKPOINT_TRIES = 4
/** When the thread does not keep up, SQLite empties its log within a commit. */
const LOG_PAGES = 64_000
const RECLAIMED_PAGES = 1000
/** SQLite gives its log and its index the mode of the main file (rules 7.2). */
const OWNER_ONLY = 0o600
const LEAST_CACHE_KB = 32
const INCREMENTAL = 2

export interface SqliteOptions {
  path: string
  name: string
  clock: Clock
  random: Random
  onEvents?: EventListener
  /** Page cache in bytes, shared out by the owner of several databases. */
  cacheBytes?: number
  /** Takes the place of the disk, for tests. */
  sync?: Sync
}

/** Opens (and makes, durably) one SQLite file. Another process that is just opening or closing it is waited for. */
export async function openSqlite<S>(options: SqliteOptions): Promise<SqliteDatabase<S>> {
  const {path} = options
  try {
    const isNew = !existsSync(path)
    if (isNew) closeSync(openSync(path, 'a', OWNER_ONLY))
    else if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, OWNER_ONLY)
    const connections = await whileBusy(options, () => connect(path))
    if (isNew) syncFolder(dirname(path))
    return new SqliteDatabase<S>(options, connections)
  } catch (error) {
    throw translate(error)
  }
}

interface Connections {
  writer: SqliteConnection
  reader: SqliteConnection
}

function connect(path: string): Connections {
  const writer = new SqliteConnection(path, {readonly: false})
  try {
    setUp(writer)
    return {writer, reader: new SqliteConnection(path, {readonly: true})}
  } catch (error) {
    writer.close()
    throw error
  }
}

function setUp({raw}: SqliteConnection): void {
  // Before the first table, or it has no effect on this file. Said again it would write a page at every opening.
  if (raw.pragma('auto_vacuum', {simple: true}) !== INCREMENTAL) raw.pragma('auto_vacuum = INCREMENTAL')
  raw.pragma('journal_mode = WAL')
  // Checkpoints sync by themselves; commits are synced by the flusher before anybody is told of them (rules 1.1).
  raw.pragma('synchronous = NORMAL')
  raw.pragma('foreign_keys = ON')
  raw.pragma(`wal_autocheckpoint = ${LOG_PAGES}`)
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

interface Committed<T> {
  result: T
  /** Of the last event, when there were any. */
  seq: number | undefined
  wrote: boolean
}

export class SqliteDatabase<S> implements Database<S> {
  readonly engine = 'sqlite'
  readonly name: string
  readonly #options: SqliteOptions
  readonly #writer: SqliteConnection
  readonly #reader: SqliteConnection
  readonly #writes: Kysely<S>
  readonly #reads: Kysely<S>
  readonly #flusher: Flusher
  /** Tail of the queue of writers: one transaction at a time in this process. */
  #last: Promise<unknown> = Promise.resolve()
  #emptying: Promise<unknown> | undefined
  /** Count of writes when the log was emptied last. */
  #emptiedAt = 0

  constructor(options: SqliteOptions, {writer, reader}: Connections) {
    this.#options = options
    this.name = options.name
    this.#writer = writer
    this.#reader = reader
    this.#flusher = openFlusher(`${options.path}-wal`, () => this.#emptyLog(), options.sync)
    this.setCache(options.cacheBytes ?? 64 * 2 ** 20)
    this.#writes = kyselyOnSqlite<S>((query) => Promise.resolve(writer.execute(query)))
    this.#reads = kyselyOnSqlite<S>((query) => whileBusy(options, () => reader.execute(query)))
  }

  /** Gives this database its share of the one cache budget; one that was closed a moment ago needs none. */
  setCache(bytes: number): void {
    const kilobytes = (part: number) => Math.max(LEAST_CACHE_KB, Math.floor((bytes * part) / 1024))
    if (this.#writer.raw.open) this.#writer.raw.pragma(`cache_size = -${kilobytes(0.75)}`)
    if (this.#reader.raw.open) this.#reader.raw.pragma(`cache_size = -${kilobytes(0.25)}`)
  }

  async read<T>(run: (db: Kysely<S>) => Promise<T>): Promise<T> {
    try {
      return await run(this.#reads)
    } catch (error) {
      throw translate(error)
    }
  }

  write<T>(run: (tx: Tx<S>) => Promise<T>): Promise<T> {
    return this.#inTurn(() => this.#transaction(run)).then((committed) => this.#durable(committed))
  }

  /** Waits for its turn with the writing connection. */
  #inTurn<T>(run: () => T | Promise<T>): Promise<T> {
    const turn = this.#last.then(run)
    this.#last = turn.catch(() => undefined)
    return turn
  }

  async #transaction<T>(run: (tx: Tx<S>) => Promise<T>): Promise<Committed<T>> {
    const events: NewEvent[] = []
    try {
      await whileBusy(this.#options, () => this.#writer.run('BEGIN IMMEDIATE'))
    } catch (error) {
      throw translate(error)
    }
    try {
      const before = this.#writer.writes
      const result = await run(this.#tx(events))
      const seq = appendSqlite(this.#writer, events)
      const wrote = this.#writer.writes > before
      this.#writer.run('COMMIT')
      this.#makeRoom()
      return {result, seq, wrote}
    } catch (error) {
      if (this.#writer.raw.inTransaction) this.#writer.run('ROLLBACK')
      throw translate(error)
    }
  }

  /** The next transaction may begin meanwhile; whoever waits for this one hears of it when it is on disk. */
  async #durable<T>({result, seq, wrote}: Committed<T>): Promise<T> {
    if (!wrote) return result
    try {
      await this.#flusher.flush()
    } catch (error) {
      throw unavailable('The disk failed while it was written to.', error)
    }
    if (seq !== undefined) this.#options.onEvents?.(this.name, seq)
    return result
  }

  /** Writes what the log holds into the main file and syncs that: the way out when the log itself cannot be synced. */
  async #emptyLog(): Promise<void> {
    // Only one may copy at a time.
    await this.#emptying
    return this.#inTurn(() => {
      const [{busy}] = this.#writer.raw.pragma('wal_checkpoint(TRUNCATE)') as [{busy: number}]
      if (busy !== 0) throw new Error('The log could not be emptied while somebody reads it.')
    })
  }

  /** Empties the log once it is long enough, beside the writers as far as that goes. */
  #makeRoom(): void {
    if (this.#emptying || this.#writer.writes - this.#emptiedAt < CHECKPOINT_WRITES) return
    this.#emptiedAt = this.#writer.writes
    const {path} = this.#options
    const empty = async () => {
      for (let n = 0; n < CHECKPOINT_TRIES && (await checkpoint(path)) > FEW_PAGES; n++);
      // SQLite begins its log anew when all of it has been copied, which takes a moment without writers.
      await this.#inTurn(() => checkpoint(path))
    }
    // It is tried again after as many writes.
    this.#emptying = empty()
      .catch(() => undefined)
      .finally(() => (this.#emptying = undefined))
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
    try {
      await this.#inTurn(() => void this.#writer.raw.pragma(`incremental_vacuum(${RECLAIMED_PAGES})`))
    } catch (error) {
      throw translate(error)
    }
  }

  async close(): Promise<void> {
    await this.#emptying
    await this.#last
    await this.#flusher.close()
    this.#reader.close()
    this.#writer.close()
  }
}

/**
 * Tries again while another process holds the file. SQLite's own wait would freeze the event loop, so this one is ours
 * (rules 1.2).
 */
async function whileBusy<T>({clock, random}: SqliteOptions, run: () => T): Promise<T> {
  const deadline = clock.monotonic() + LOCK_PATIENCE_MS
  for (;;) {
    try {
      return run()
    } catch (error) {
      if (!isBusy(error)) throw error
      if (clock.monotonic() >= deadline) throw unavailable('The database is locked by another process.', error)
      await clock.sleep(2 + random.number() * 48)
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
