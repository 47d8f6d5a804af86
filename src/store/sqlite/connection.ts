import BetterSqlite3 from 'better-sqlite3'
import {
  type CompiledQuery,
  type Kysely,
  type LimitNode,
  type QueryResult,
  SqliteAdapter,
  SqliteIntrospector,
  SqliteQueryCompiler,
  ValueNode,
} from 'kysely'
import {type ColumnKind, columnKind} from '../columns.ts'
import {kyselyOn} from '../single-connection.ts'

type Convert = (value: unknown) => unknown

interface Prepared {
  statement: BetterSqlite3.Statement
  columns: Column[]
}

interface Column {
  name: string
  /** For a stored form that differs from ours. */
  convert?: Convert
}

const converters: Partial<Record<ColumnKind, Convert>> = {
  time: (value) => (value === null ? null : new Date(value as number)),
  boolean: (value) => (value === null ? null : value === 1),
  json: (value) => (typeof value === 'string' ? fromJson(value) : value),
}

/** Most tags and attributes are none. */
function fromJson(text: string): unknown {
  if (text === '[]') return []
  return text === '{}' ? {} : (JSON.parse(text) as unknown)
}

const STATEMENTS_KEPT = 400

/** A connection whose statements are prepared once. Everything on it is synchronous and never waits for a lock. */
export class SqliteConnection {
  readonly raw: BetterSqlite3.Database
  /** Counts the statements that may have written. */
  writes = 0
  readonly #prepared = new Map<string, Prepared>()

  constructor(path: string, options: {readonly: boolean}) {
    this.raw = new BetterSqlite3(path, {timeout: 0})
    if (options.readonly) this.raw.pragma('query_only = 1')
  }

  prepare(sql: string): Prepared {
    let prepared = this.#prepared.get(sql)
    if (prepared) return prepared
    const statement = this.raw.prepare(sql)
    const columns = columnsOf(statement)
    // Rows come as plain values, one alone by itself: the library makes objects of them at twice the price.
    if (columns.length === 1) statement.pluck()
    else if (statement.reader) statement.raw()
    prepared = {statement, columns}
    if (this.#prepared.size >= STATEMENTS_KEPT) this.#prepared.delete(this.#prepared.keys().next().value as string)
    this.#prepared.set(sql, prepared)
    return prepared
  }

  all(sql: string, parameters: readonly unknown[] = []): Record<string, unknown>[] {
    return this.#rows(this.prepare(sql), parameters)
  }

  #rows(prepared: Prepared, parameters: readonly unknown[]): Record<string, unknown>[] {
    const {statement} = prepared
    if (!statement.readonly) this.writes++
    const found = statement.all(...parameters.map(toSqlite))
    if (prepared.columns.length === 1) return found.map((value) => rowOf(prepared.columns, [value]))
    const rows = found as unknown[][]
    // A table had fewer columns when this was prepared.
    if (rows[0] && rows[0].length !== prepared.columns.length) prepared.columns = columnsOf(statement)
    const {columns} = prepared
    return rows.map((values) => rowOf(columns, values))
  }

  /** Carries out what only reads: the rest is refused, also on the connection that may write. */
  read<R>(query: CompiledQuery): QueryResult<R> {
    const prepared = this.prepare(query.sql)
    if (!prepared.statement.readonly) throw new Error('What reads may not write: use Database.write.')
    return {rows: this.#rows(prepared, query.parameters) as R[]}
  }

  run(sql: string, parameters: readonly unknown[] = []): BetterSqlite3.RunResult {
    const {statement} = this.prepare(sql)
    if (!statement.readonly) this.writes++
    return statement.run(...parameters.map(toSqlite))
  }

  execute<R>(query: CompiledQuery): QueryResult<R> {
    const prepared = this.prepare(query.sql)
    if (prepared.statement.reader) return {rows: this.#rows(prepared, query.parameters) as R[]}
    const {changes, lastInsertRowid} = this.run(query.sql, query.parameters)
    return {rows: [], numAffectedRows: BigInt(changes), insertId: BigInt(lastInsertRowid)}
  }

  close(): void {
    this.#prepared.clear()
    this.raw.close()
  }
}

const columnsOf = (statement: BetterSqlite3.Statement): Column[] =>
  statement.reader ? statement.columns().map(({name}) => ({name, convert: converters[columnKind(name)]})) : []

function rowOf(columns: readonly Column[], values: readonly unknown[]): Record<string, unknown> {
  const row: Record<string, unknown> = {}
  for (let n = 0; n < columns.length; n++) {
    const {name, convert} = columns[n] as Column
    row[name] = convert ? convert(values[n]) : values[n]
  }
  return row
}

/** Our value in SQLite's form. Objects must come as `toJson()` text, arrays of strings are tags. */
export function toSqlite(value: unknown): unknown {
  if (value instanceof Date) return value.getTime()
  if (typeof value === 'boolean') return value ? 1 : 0
  if (Array.isArray(value)) return JSON.stringify(value)
  return value === undefined ? null : value
}

/** SQLite looks at the value of a limit to plan, so that a bound one makes it plan anew whenever the statement runs. */
class LimitCompiler extends SqliteQueryCompiler {
  protected override visitLimit(node: LimitNode): void {
    const {limit} = node
    if (!ValueNode.is(limit) || !Number.isSafeInteger(limit.value)) return super.visitLimit(node)
    this.append(`limit ${String(limit.value)}`)
  }
}

const parts = {
  createAdapter: () => new SqliteAdapter(),
  createIntrospector: (db: Kysely<never>) => new SqliteIntrospector(db),
  createQueryCompiler: () => new LimitCompiler(),
}

export const kyselyOnSqlite = <S>(execute: <R>(query: CompiledQuery) => Promise<QueryResult<R>>): Kysely<S> =>
  kyselyOn<S>('sqlite', parts, execute)
