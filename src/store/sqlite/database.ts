import {chmodSync, closeSync, existsSync, fsyncSync, openSync, statSync} from 'node:fs'
import {dirname} from 'node:path'
import type {Kysely} from 'kysely'
import type {Clock} from '../../base/clock.ts'
import type {Random} from '../../base/ids.ts'
import type {Database, EventListener, Tx} from '../database.ts'
import {keepFor} from '../together.ts'
import {isBusy, translate, unavailable} from '../unavailable.ts'
import {checkpoint} from './checkpointer.ts'
import {kyselyOnSqlite, SqliteConnection} from './connection.ts'
import {type Flusher, openFlusher, type Sync} from './flusher.ts'
import {type Committed, commitTogether, type Work, type Written} from './group-commit.ts'
import {type MainFile, openMainFile} from './main-file.ts'
import {Reads} from './reads.ts'
import {insertAll, insertNew, updateAll} from './rows.ts'

/** How long a writer tries for a lock that another process holds before it says `UNAVAILABLE`. */
const LOCK_PATIENCE_MS = 5000
/**
 * After as many statements that write as there are pages in its share of the cache, within these bounds, a thread empties
 * the log. The logs of fifty busy tenants would else be gigabytes that are always written for the first time, which is slower.
 */
const LEAST_LOG_WRITES = 1000
const MOST_LOG_WRITES = 12_000
const PAGE_KB = 4
/** Left for the moment in which nobody may write. */
const FEW_PAGES = 500
const CHECKPOINT_TRIES = 4
/** When the thread does not keep up, SQLite empties its log within a commit. */
const LOG_PAGES = 64_000
const RECLAIMED_PAGES = 1000
/** Pieces of work in one commit at most: the event loop stands still for all of them. */
const MOST_TOGETHER = 100
/** SQLite gives its log and its index the mode of the main file. */
const OWNER_ONLY = 0o600
const LEAST_CACHE_KB = 32
/**
 * When a commit has balanced a table's tree, SQLite walks through all the pages that it keeps: at 45,000 that took a fifth
 * of what a server did. The system keeps the rest of the file in memory anyway.
 */
const MOST_CACHE_KB = 16 * 1024
/** Of the connection that reads beside a transaction: the next commit empties it. */
const MOST_CACHE_ASIDE_KB = 1024
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
  // Checkpoints sync by themselves; commits are synced by the flusher before anybody is told of them.
  raw.pragma('synchronous = NORMAL')
  raw.pragma('foreign_keys = ON')
  // What a savepoint would need to go back, which is more than SQLite keeps in memory by itself.
  raw.pragma('temp_store = MEMORY')
  raw.pragma(`wal_autocheckpoint = ${LOG_PAGES}`)
}

const between = (least: number, value: number, most: number) => Math.max(least, Math.min(Math.floor(value), most))

const setCacheKb = ({raw}: SqliteConnection, kilobytes: number) => raw.pragma(`cache_size = -${kilobytes}`)

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
  readonly #queries: Kysely<S>
  readonly #reads: Reads
  readonly #flusher: Flusher
  readonly #mainFile: MainFile
  /** What waits for the next commit. */
  #gathered: Work<S>[] = []
  /** Tail of the queue of writers: one transaction at a time in this process. */
  #last: Promise<unknown> = Promise.resolve()
  #emptying: Promise<unknown> | undefined
  /** Count of writes when the log was emptied last. */
  #emptiedAt = 0
  #logWrites = LEAST_LOG_WRITES

  constructor(options: SqliteOptions, {writer, reader}: Connections) {
    this.#options = options
    this.name = options.name
    this.#writer = writer
    this.#reader = reader
    this.#reads = new Reads(writer, reader)
    this.#flusher = openFlusher(`${options.path}-wal`, () => this.#emptyLog(), options.sync)
    this.#mainFile = openMainFile(options.path)
    this.setCache(options.cacheBytes ?? 64 * 2 ** 20)
    this.#writes = kyselyOnSqlite<S>((query) => Promise.resolve(writer.execute(query)))
    this.#queries = kyselyOnSqlite<S>((query) => whileBusy(options, () => this.#reads.execute(query)))
  }

  /**
   * Gives this database its share of the one budget of pages, which bounds its log too; one that was closed a moment ago
   * needs none.
   */
  setCache(bytes: number): void {
    const share = Math.floor(bytes / 1024)
    const aside = between(LEAST_CACHE_KB, share / 4, MOST_CACHE_ASIDE_KB)
    this.#logWrites = between(LEAST_LOG_WRITES, share / PAGE_KB, MOST_LOG_WRITES)
    if (this.#writer.raw.open) setCacheKb(this.#writer, between(LEAST_CACHE_KB, share - aside, MOST_CACHE_KB))
    if (this.#reader.raw.open) setCacheKb(this.#reader, aside)
  }

  async read<T>(run: (db: Kysely<S>) => Promise<T>): Promise<T> {
    try {
      return await run(this.#queries)
    } catch (error) {
      throw translate(error)
    }
  }

  write<T>(run: (tx: Tx<S>) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#gathered.push({run, resolve: (result) => resolve(result as T), reject})
      if (this.#gathered.length === 1) void this.#inTurn(() => this.#commitGathered())
    })
  }

  /** Waits for its turn with the writing connection. */
  #inTurn<T>(run: () => T | Promise<T>): Promise<T> {
    const turn = this.#last.then(run)
    this.#last = turn.catch(() => undefined)
    return turn
  }

  async #commitGathered(): Promise<void> {
    // What came with the first is a turn of the event loop away.
    await new Promise(setImmediate)
    const group = this.#gathered.splice(0, MOST_TOGETHER)
    if (this.#gathered.length > 0) void this.#inTurn(() => this.#commitGathered())
    const committed = await commitTogether(
      {connection: this.#writer, begin: () => this.#begin(), tx: (written) => this.#tx(written)},
      group,
    )
    this.#reads.resume()
    if (!committed) return
    this.#makeRoom()
    void this.#tell(committed)
  }

  #begin(): Promise<unknown> {
    this.#reads.giveWay()
    return whileBusy(this.#options, () => this.#writer.run('BEGIN IMMEDIATE'))
  }

  /** The next transaction may begin meanwhile; whoever waits for this one hears of it when it is on disk. */
  async #tell({done, seq, wrote}: Committed<S>): Promise<void> {
    try {
      if (wrote) await this.#flusher.flush()
    } catch (error) {
      const told = unavailable('The disk failed while it was written to.', error)
      for (const {work} of done) work.reject(told)
      return
    }
    if (seq !== undefined) this.#options.onEvents?.(this.name, seq)
    for (const {work, result} of done) work.resolve(result)
  }

  /** Writes what the log holds into the main file and syncs that: the way out when the log itself cannot be synced. */
  async #emptyLog(): Promise<void> {
    // Only one may copy at a time.
    await this.#emptying
    return this.#inTurn(() => {
      this.#reads.end()
      const [{busy}] = this.#writer.raw.pragma('wal_checkpoint(TRUNCATE)') as [{busy: number}]
      if (busy !== 0) throw new Error('The log could not be emptied while somebody reads it.')
    })
  }

  /** Empties the log once it is long enough, beside the writers as far as that goes. */
  #makeRoom(): void {
    if (this.#emptying || this.#writer.writes - this.#emptiedAt < this.#logWrites) return
    this.#emptiedAt = this.#writer.writes
    const {path} = this.#options
    const empty = async () => {
      for (let left = Infinity, n = 0; n < CHECKPOINT_TRIES && left > FEW_PAGES; n++) {
        left = await checkpoint(path)
        await this.#mainFile.sync()
      }
      // SQLite begins its log anew when all of it has been copied, which takes a moment without writers.
      await this.#inTurn(() => checkpoint(path))
    }
    // It is tried again after as many writes.
    this.#emptying = empty()
      .catch(() => undefined)
      .finally(() => (this.#emptying = undefined))
  }

  #tx({events, left}: Written): Tx<S> {
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
      leave: keepFor(left),
    }
  }

  async reclaim(): Promise<void> {
    try {
      await this.#inTurn(() => {
        this.#reads.end()
        this.#writer.raw.pragma(`incremental_vacuum(${RECLAIMED_PAGES})`)
      })
    } catch (error) {
      throw translate(error)
    }
  }

  async close(): Promise<void> {
    await this.#emptying
    await this.#last
    await this.#flusher.close()
    this.#reads.end()
    this.#reader.close()
    this.#writer.close()
    this.#mainFile.close()
  }
}

/**
 * Tries again while another process holds the file. SQLite's own wait would freeze the event loop, so this one is
 * ours.
 */
async function whileBusy<T>(options: SqliteOptions, run: () => T): Promise<T> {
  try {
    return run()
  } catch (error) {
    if (!isBusy(error)) throw error
    return tryAgain(options, run)
  }
}

async function tryAgain<T>({clock, random}: SqliteOptions, run: () => T): Promise<T> {
  const deadline = clock.monotonic() + LOCK_PATIENCE_MS
  for (;;) {
    await clock.sleep(2 + random.number() * 48)
    try {
      return run()
    } catch (error) {
      if (!isBusy(error)) throw error
      if (clock.monotonic() >= deadline) throw unavailable('The database is locked by another process.', error)
    }
  }
}
