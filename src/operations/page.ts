import {type CompiledQuery, type Kysely, type SelectQueryBuilder, sql} from 'kysely'
import {invalid} from '../base/errors.ts'
import {isUuid} from '../base/ids.ts'
import {countRows} from '../store/count-rows.ts'
import type {Engine} from '../store/migration.ts'
import {prepared} from '../store/prepared.ts'
import {readText, selectText} from '../store/row-text.ts'
import {engineOf, execute} from '../store/single-connection.ts'
import {wholeTable} from '../store/whole-table.ts'
import {JsonRows} from './json-rows.ts'
import type {ListQuery, Page} from './list.ts'

/** Counting further costs more than anyone learns from it. */
const MOST_COUNTED = 10_000
/** The last moment that a time can hold. */
const LATEST_MS = 8.64e15

/**
 * Reads one page of a query that has its filters but no order. Rows need an `id`; the sort column breaks ties by it.
 * Throws `VALIDATION_ERROR` for a cursor that belongs to another list or order.
 */
export async function readPage<DB, TB extends keyof DB, O extends {id: string | number}>(
  db: Kysely<DB>,
  query: SelectQueryBuilder<DB, TB, O>,
  list: ListQuery,
  isId: IsId = isUuid,
): Promise<{rows: O[]; page: Page}> {
  const {rows: found} = await readRows(db, query, list, {isId})
  const rows = found.slice(0, list.limit)
  const more = found.length > list.limit
  return {rows, page: await pageOf(db, query, list, {count: rows.length, last: rows.at(-1), more})}
}

/** The same for who `takesText`, and looks into no row; `columns` as `selectText` takes them. On SQLite only. */
export async function readTextPage<DB, TB extends keyof DB, O extends {id: string}>(
  db: Kysely<DB>,
  query: SelectQueryBuilder<DB, TB, O>,
  list: ListQuery,
  columns: Readonly<Record<string, unknown>>,
): Promise<{data: never[]; page: Page}> {
  const {rows: found} = await readRows(db, query, list, {isId: isUuid, columns})
  const rows = (found as unknown as {text: string}[]).slice(0, list.limit).map(({text}) => readText(text))
  const more = found.length > list.limit
  const end = rows.at(-1)
  const last = end && {id: end.id, [list.sort]: list.sort.endsWith('_at') ? Number(end.place) : end.place}
  return {data: new JsonRows(rows) as never, page: await pageOf(db, query, list, {count: rows.length, last, more})}
}

interface Found<O> {
  count: number
  last: O | undefined
  more: boolean
}

async function pageOf<DB, TB extends keyof DB, O extends {id: string | number}>(
  db: Kysely<DB>,
  query: SelectQueryBuilder<DB, TB, O>,
  list: ListQuery,
  {count, last, more}: Found<O>,
): Promise<Page> {
  const isLast = !more && list.after === undefined && (count > 0 || list.page === 1)
  const before = (list.page - 1) * list.limit
  // The last page says by itself how many there are.
  const counted = isLast ? before + count : await countRows(db, query, list.count ? undefined : MOST_COUNTED)
  return {
    page: list.after === undefined ? list.page : null,
    limit: list.limit,
    total: !list.count && counted > MOST_COUNTED ? null : counted,
    has_more: more,
    after: more && last ? cursorOf(list, last) : null,
  }
}

/** Where a page begins: after so many rows, or beyond one. */
interface Start extends Partial<Cursor> {
  offset?: number
}

const SHAPES_KEPT = 200

/** Lists of whole tables by what makes their text another one: to build it costs half as much as to run it. */
const shapes = new Map<string, (on: On<unknown>, start: Start) => Promise<{rows: unknown[]}>>()

interface On<DB> {
  db: Kysely<DB>
  engine: Engine
}

interface Reading {
  isId: IsId
  /** As text, of these. */
  columns?: Readonly<Record<string, unknown>>
}

/** The rows of a page, and one more where there is one. */
async function readRows<DB, TB extends keyof DB, O>(
  db: Kysely<DB>,
  query: SelectQueryBuilder<DB, TB, O>,
  list: ListQuery,
  {isId, columns}: Reading,
): Promise<{rows: O[]}> {
  const start = list.after === undefined ? {offset: (list.page - 1) * list.limit} : readCursor(list, list.after, isId)
  const engine = engineOf(db)
  const table = wholeTable(query, {columns: true})
  const build = (values: Start) => {
    const whole = placed(query, list, values)
    return (columns ? whole.clearSelect().select(selectText(columns, list.sort).as('text')) : whole).compile()
  }
  if (table === undefined || engine === undefined) return execute(db, build(start) as CompiledQuery<O>)
  const shape = `${engine} ${table} ${list.sort} ${list.order} ${list.limit} ${list.after === undefined} ${columns !== undefined}`
  let read = shapes.get(shape) as ((on: On<DB>, start: Start) => Promise<{rows: O[]}>) | undefined
  if (!read) {
    if (shapes.size >= SHAPES_KEPT) shapes.delete(shapes.keys().next().value as string)
    read = prepared<DB, Start, O>((_, holes) => build(holes))
    shapes.set(shape, read as never)
  }
  return read({db, engine}, start)
}

/** `start` may be stand-ins for values to come. */
function placed<DB, TB extends keyof DB, O>(
  query: SelectQueryBuilder<DB, TB, O>,
  list: ListQuery,
  start: Start,
): SelectQueryBuilder<DB, TB, O> {
  const direction = sql.raw(list.order)
  const ordered = query.orderBy(sql`${sql.ref(list.sort)} ${direction}, id ${direction}`).limit(list.limit + 1)
  return list.after === undefined ? ordered.offset(start.offset as number) : ordered.where(beyond(list, start))
}

/** Rows after the cursor's, in the list's order. Row values compare alike on both engines. */
function beyond(list: ListQuery, {value, id}: Start) {
  const sign = sql.raw(list.order === 'asc' ? '>' : '<')
  return sql<boolean>`(${sql.ref(list.sort)}, id) ${sign} (${value}, ${id})`
}

/** The cursor just after a row, as it was read or as it is answered. */
export function cursorOf(
  list: Pick<ListQuery, 'sort' | 'order'>,
  row: {id: string | number} & Record<string, unknown>,
): string {
  const value = row[list.sort]
  const isTime = value instanceof Date || list.sort.endsWith('_at')
  const plain = isTime ? new Date(value as Date | string).getTime() : value
  return Buffer.from(JSON.stringify([list.sort, list.order, plain, row.id])).toString('base64url')
}

/** The same place for the list in the other order, which is `order`. What is no cursor of this one is none of that either. */
export function turnedCursor(cursor: string, order: 'asc' | 'desc'): string {
  try {
    const parts: unknown = JSON.parse(Buffer.from(cursor, 'base64url').toString('utf8'))
    const [sort, from, value, id] = Array.isArray(parts) ? (parts as unknown[]) : []
    if (from !== order) return Buffer.from(JSON.stringify([sort, order, value, id])).toString('base64url')
  } catch {
    // Refused by whoever reads it.
  }
  return ''
}

type IsId = (id: string) => boolean

interface Cursor {
  value: unknown
  id: unknown
}

/** Whoever writes a cursor by hand meets a refusal here, and no error of the database's. */
function readCursor({sort, order}: ListQuery, after: string, isId: IsId): Cursor {
  try {
    const parts: unknown = JSON.parse(Buffer.from(after, 'base64url').toString('utf8'))
    if (Array.isArray(parts) && parts[0] === sort && parts[1] === order) {
      const value = sortedValue(sort, parts[2])
      const id: unknown = parts[3]
      const isGood = (typeof id === 'string' || typeof id === 'number') && isId(String(id))
      if (isGood && value !== undefined) return {value, id}
    }
  } catch {
    // Told below in one sentence.
  }
  throw invalid('after', 'is no cursor of this list in this order')
}

/** What a column that lists are sorted by holds; undefined for anything else. */
function sortedValue(sort: string, value: unknown): unknown {
  if (sort !== 'seq' && !sort.endsWith('_at')) return typeof value === 'string' ? value : undefined
  const number = wholeNumber(value) ?? -1
  if (number < 0 || number > LATEST_MS) return undefined
  return sort === 'seq' ? number : new Date(number)
}

/** PostgreSQL gives its big integers as text. */
function wholeNumber(value: unknown): number | undefined {
  const isNumber = typeof value === 'number' || (typeof value === 'string' && /^\d{1,15}$/.test(value))
  return isNumber && Number.isSafeInteger(Number(value)) ? Number(value) : undefined
}

/** Of lists whose rows are numbered. */
export const isRowNumber: IsId = (id) => /^\d{1,15}$/.test(id)
