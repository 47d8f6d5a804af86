import {type CompiledQuery, type Kysely, PostgresAdapter, PostgresIntrospector, PostgresQueryCompiler} from 'kysely'
import type pg from 'pg'
import {storableJsonText, storableText} from '../../base/json-text.ts'
import {columnKind} from '../columns.ts'
import type {Database, EventListener, Months, NewEvent, Row, Tx} from '../database.ts'
import {appendPostgres} from '../event-append.ts'
import {kyselyOn} from '../single-connection.ts'
import {isDeadlock, translate} from '../unavailable.ts'
import {monthsOf} from './months.ts'

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
 * One schema. Every transaction sees that schema alone and puts on a role that may touch no other, so neither an
 * accident nor a name in raw SQL reaches another tenant's table (rules 1.7). Both are set in the same round trip as
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
    this.#begin = `BEGIN; ${place}`
    this.#beginRead = `BEGIN READ ONLY; ${place}`
  }

  read<T>(run: (db: Kysely<S>) => Promise<T>): Promise<T> {
    return this.#within(this.#beginRead, async (client) => {
      const result = await run(kyselyOnClient<S>(client))
      await client.query('COMMIT')
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
    const events: NewEvent[] = []
    let last: number | undefined
    const result = await this.#within(this.#begin, async (client) => {
      const value = await run(transactionOn<S>(client, events))
      last = await appendPostgres(client, events)
      await client.query('COMMIT')
      return value
    })
    if (last !== undefined) this.#options.onEvents?.(this.name, last)
    return result
  }

  async #within<T>(begin: string, run: (client: pg.PoolClient) => Promise<T>): Promise<T> {
    let client: pg.PoolClient
    try {
      client = await this.#options.pool.connect()
    } catch (error) {
      throw translate(error)
    }
    let broken: Error | undefined
    const onError = (error: Error) => (broken = error)
    client.on('error', onError)
    try {
      await client.query(begin)
      return await run(client)
    } catch (error) {
      await client.query('ROLLBACK').catch((lost: Error) => (broken = lost))
      throw translate(error)
    } finally {
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

function transactionOn<S>(client: pg.PoolClient, events: NewEvent[]): Tx<S> {
  return {
    engine: 'postgres',
    db: kyselyOnClient<S>(client),
    insert: (table, rows) => insertAll(client, table, rows),
    insertNew: (table, key, rows) => insertNew(client, table, key, rows),
    update: (table, key, rows) => updateAll(client, table, key, rows),
    emit: (event) => void events.push(storableEvent(event)),
  }
}

const storableEvent = (event: NewEvent): NewEvent => ({
  ...event,
  data: JSON.parse(storableJsonText(JSON.stringify(event.data))) as Record<string, unknown>,
})

const quoted = (columns: readonly string[]) => columns.map((column) => `"${column}"`).join(', ')

/**
 * Rows travel as one JSON parameter and come out typed by the table itself: one statement text per table and column
 * list, whatever the number of rows, and no per-column casts.
 */
function recordset(rows: readonly Row[], columns: readonly string[]): string {
  const kinds = columns.map((column) => [column, columnKind(column)] as const)
  const lines = rows.map((row) => {
    const fields = kinds.map(([column, kind]) => {
      const value = row[column] ?? null
      const isJson = kind === 'json' && typeof value === 'string'
      return `${JSON.stringify(column)}:${isJson ? value : JSON.stringify(value)}`
    })
    return `{${fields.join(',')}}`
  })
  return storableJsonText(`[${lines.join(',')}]`)
}

const fromRecordset = (table: string) => `json_populate_recordset(NULL::"${table}", $1::json)`

async function insertAll(client: pg.PoolClient, table: string, rows: readonly Row[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {})
  if (columns.length === 0) return
  const list = quoted(columns)
  await client.query({
    name: statementName('insert', table, columns),
    text: `INSERT INTO "${table}" (${list}) SELECT ${list} FROM ${fromRecordset(table)}`,
    values: [recordset(rows, columns)],
  })
}

async function insertNew(
  client: pg.PoolClient,
  table: string,
  key: readonly string[],
  rows: readonly Row[],
): Promise<boolean[]> {
  const columns = Object.keys(rows[0] ?? {})
  if (columns.length === 0) return []
  const list = quoted(columns)
  const {rows: inserted} = await client.query<Record<string, unknown>>({
    name: statementName('insert-new', table, columns),
    text: `INSERT INTO "${table}" (${list}) SELECT ${list} FROM ${fromRecordset(table)}
      ON CONFLICT (${quoted(key)}) DO NOTHING RETURNING ${quoted(key)}`,
    values: [recordset(rows, columns)],
  })
  const left = new Set(inserted.map((row) => keyOf(row, key)))
  // Of two equal rows in one batch only the first is new.
  return rows.map((row) => left.delete(keyOf(row, key)))
}

const keyOf = (row: Readonly<Record<string, unknown>>, key: readonly string[]) =>
  key.map((column) => String(row[column])).join('\u001f')

async function updateAll(
  client: pg.PoolClient,
  table: string,
  key: readonly string[],
  rows: readonly Row[],
): Promise<void> {
  const columns = Object.keys(rows[0] ?? {})
  const sets = columns.filter((column) => !key.includes(column))
  if (sets.length === 0) return
  await client.query({
    name: statementName('update', table, [...key, '', ...sets]),
    text: `UPDATE "${table}" SET ${sets.map((column) => `"${column}" = v."${column}"`).join(', ')}
      FROM ${fromRecordset(table)} AS v WHERE ${key.map((column) => `"${table}"."${column}" = v."${column}"`).join(' AND ')}`,
    values: [recordset(rows, columns)],
  })
}

const names = new Map<string, string>()
/** Prepared statements are named, and names are limited to 63 characters. */
function statementName(verb: string, table: string, columns: readonly string[]): string {
  const text = `${verb} ${table} ${columns.join(',')}`
  let name = names.get(text)
  if (!name) {
    name = `${verb}_${table}_${names.size}`
    names.set(text, name)
  }
  return name
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

function kyselyOnClient<S>(client: pg.PoolClient): Kysely<S> {
  return kyselyOn<S>('postgres', parts, async <R>(query: CompiledQuery) => {
    const values = query.parameters.map((value) => (typeof value === 'string' ? storableText(value) : value))
    const result = await client.query<Record<string, unknown>>(oneStatement({text: query.sql, values}))
    return {rows: result.rows as R[], numAffectedRows: result.rowCount === null ? undefined : BigInt(result.rowCount)}
  })
}
