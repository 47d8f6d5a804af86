import {type Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler} from 'kysely'
import type pg from 'pg'
import {storableJsonText, storableText} from '../../base/json-text.ts'
import type {Database, EventListener, Months, Tx} from '../database.ts'
import {appendPostgres} from '../event-append.ts'
import {kyselyOn, type NamedQuery} from '../single-connection.ts'
import {keepFor, together} from '../together.ts'
import {isDeadlock, translate, unreachable} from '../unavailable.ts'
import {monthsOf} from './months.ts'
import {type Line, lineOf} from './line.ts'
import {insertAll, insertNew, type Send, updateAll} from './rows.ts'

const DEADLOCK_TRIES = 4

export interface PostgresOptions {
  pool: pg.Pool
  schema: string
  name: string
  /** Put on by every transaction. Without one they run as the connecting user. */
  role?: string
  onEvents?: EventListener
}

/**
 * What writes goes for rows by their keys. Before PostgreSQL has looked at a table for the first time, a minute after it
 * began to grow, it guesses that a batch is half of it and reads the whole table, and keeps such plans.
 */
const BY_INDEX = 'SET LOCAL enable_seqscan TO off'

/**
 * One schema. Every transaction sees that schema alone and puts on a role that may touch no other, so neither an
 * accident nor a name in raw SQL reaches another tenant's table. Both are set in the same round trip as
 * BEGIN, always anew: what a connection was used for before does not count.
 */
export class PostgresDatabase<S> implements Database<S> {
  readonly engine = 'postgres'
  readonly name: string
  readonly months: Months
  readonly #options: PostgresOptions
  readonly #begin: string
  readonly #beginRead: string

  constructor(options: PostgresOptions) {
    this.#options = options
    this.name = options.name
    this.months = monthsOf(options.pool, options.schema)
    const role = options.role === undefined ? 'NONE' : `"${options.role}"`
    const place = `SET LOCAL search_path TO "${options.schema}"; SET LOCAL ROLE ${role}`
    this.#begin = `BEGIN; ${place}; ${BY_INDEX}`
    this.#beginRead = `BEGIN READ ONLY; ${place}`
  }

  read<T>(run: (db: Kysely<S>) => Promise<T>): Promise<T> {
    return this.#within(this.#beginRead, async ({send, commit}) => {
      const result = await run(kyselyOnClient<S>(send))
      await commit()
      return result
    })
  }

  async write<T>(run: (tx: Tx<S>) => Promise<T>): Promise<T> {
    for (let attempt = 1; ; attempt++) {
      try {
        return await this.#writeOnce(run)
      } catch (error) {
        if (!isDeadlock(error) || attempt === DEADLOCK_TRIES) throw error
      }
    }
  }

  async #writeOnce<T>(run: (tx: Tx<S>) => Promise<T>): Promise<T> {
    const events: string[] = []
    const left: Promise<unknown>[] = []
    let last: number | undefined
    const result = await this.#within(this.#begin, async ({send, commit}) => {
      const value = await run(transactionOn<S>(send, {events, left}))
      await allSent(left)
      const [seq] = await together(appendPostgres(send, events), commit(), ...left)
      last = seq
      return value
    })
    if (last !== undefined) this.#options.onEvents?.(this.name, last)
    return result
  }

  async #within<T>(begin: string, run: (line: Line) => Promise<T>): Promise<T> {
    let client: pg.PoolClient
    try {
      client = await this.#options.pool.connect()
    } catch (error) {
      throw unreachable(error)
    }
    let broken: Error | undefined
    const onError = (error: Error) => (broken = error)
    client.on('error', onError)
    const line = lineOf(client, begin)
    try {
      return await run(line)
    } catch (error) {
      line.end()
      await client.query('ROLLBACK').catch((lost: Error) => (broken = lost))
      throw translate(error)
    } finally {
      line.end()
      client.off('error', onError)
      client.release(broken)
    }
  }

  /** PostgreSQL's own vacuum sees to it. */
  reclaim(): Promise<void> {
    return Promise.resolve()
  }

  close(): Promise<void> {
    return Promise.resolve()
  }
}

/** Rejects when a statement could not even be sent, for nothing may be committed without it: the server knows nothing of it. */
async function allSent(given: readonly Promise<unknown>[]): Promise<void> {
  if (given.length === 0) return
  let failed = false
  for (const one of given) one.catch(() => (failed = true))
  // Those that were not sent have failed as soon as everything that waits to be run has been run.
  await new Promise<void>((resolve) => process.nextTick(resolve))
  if (failed) await together(...given)
}

interface ForTheCommit {
  events: string[]
  left: Promise<unknown>[]
}

function transactionOn<S>(send: Send, {events, left}: ForTheCommit): Tx<S> {
  return {
    engine: 'postgres',
    db: kyselyOnClient<S>(send),
    insert: (table, rows) => insertAll(send, table, rows),
    insertNew: (table, key, rows) => insertNew(send, table, key, rows),
    update: (table, key, rows) => updateAll(send, table, key, rows),
    emit: (event) => void events.push(storableJsonText(JSON.stringify(event))),
    leave: keepFor(left),
  }
}

const parts = {
  createAdapter: () => new PostgresAdapter(),
  createIntrospector: (db: Kysely<never>) => new PostgresIntrospector(db),
  createQueryCompiler: () => new PostgresQueryCompiler(),
}

/** The extended protocol takes one statement at a time, so text that got into one cannot bring a second along. */
const oneStatement = (query: pg.QueryConfig): pg.QueryConfig & {queryMode: 'extended'} => ({
  ...query,
  queryMode: 'extended',
})

function kyselyOnClient<S>(send: Send): Kysely<S> {
  return kyselyOn<S>('postgres', parts, async <R>({name, sql: text, parameters}: NamedQuery) => {
    const values = parameters.map((value) => (typeof value === 'string' ? storableText(value) : value))
    const result = await send(oneStatement({name, text, values}))
    return {rows: result.rows as R[], numAffectedRows: result.rowCount === null ? undefined : BigInt(result.rowCount)}
  })
}
