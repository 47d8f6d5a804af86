import {type Kysely, type SelectQueryBuilder, sql} from 'kysely'
import {z} from 'zod'
import {invalid} from '../base/errors.ts'
import {isUuid} from '../base/ids.ts'
import {uuid} from './fields.ts'
import {countRows} from '../store/count-rows.ts'
import {execute} from '../store/single-connection.ts'

const DEFAULT_LIMIT = 20
const MOST_LIMIT = 1000
/** Counting further costs more than anyone learns from it (rules 6.2). */
const MOST_COUNTED = 10_000
/** The last moment that a time can hold. */
const LATEST_MS = 8.64e15

/** A switch that may come as text, from a query string. */
export const flag = z.union(
  [z.boolean(), z.enum(['true', '1']).transform(() => true), z.enum(['false', '0']).transform(() => false)],
  'must be true or false',
)

const whole = z.coerce.number('must be a whole number').int('must be a whole number')

interface ListOptions<F extends z.ZodRawShape, E extends string> {
  /** Columns to sort by, the default first. They must never be null. */
  sort: readonly [string, ...string[]]
  filters: F
  expand?: readonly E[]
}

/** Input of every list: page or cursor, order, the list's own filters. Values may come as text, from a query string. */
export function listInput<F extends z.ZodRawShape, E extends string = never>(options: ListOptions<F, E>) {
  return z.strictObject({
    page: whole.min(1).default(1),
    limit: whole.min(1).max(MOST_LIMIT).default(DEFAULT_LIMIT),
    sort: z.enum(options.sort, {error: `must be one of ${options.sort.join(', ')}`}).default(options.sort[0]),
    order: z.enum(['asc', 'desc']).default('desc'),
    after: z.string().optional(),
    count: flag.default(false),
    expand: expandInput(options.expand ?? []),
    ...options.filters,
  })
}

/** Only these rows, whatever else holds: a batch by id, as text from a query string or as a list. */
export const onlyIds = z
  .union([z.string().transform((text) => text.split(',').filter(Boolean)), z.array(z.string())])
  .pipe(z.array(uuid).max(MOST_LIMIT))
  .optional()

/** `?expand=messages,contact` or a list. */
export function expandInput<E extends string>(known: readonly E[]) {
  return z
    .union([z.string().transform((text) => text.split(',').filter(Boolean)), z.array(z.string())])
    .default([])
    .superRefine((names, context) => {
      const unknown = names.filter((name) => !known.includes(name as E))
      if (unknown.length === 0) return
      const choices = known.length > 0 ? `; known: ${known.join(', ')}` : ''
      context.addIssue({code: 'custom', message: `cannot expand ${unknown.join(', ')}${choices}`})
    })
    .transform((names) => names as E[])
}

export interface ListQuery {
  page: number
  limit: number
  sort: string
  order: 'asc' | 'desc'
  after?: string
  count: boolean
}

/** Answer of every list. */
export const listOutput = <T extends z.ZodType>(item: T) =>
  z.object({
    data: z.array(item),
    page: z.object({
      page: z.number().nullable(),
      limit: z.number(),
      total: z.number().nullable(),
      has_more: z.boolean(),
      after: z.string().nullable(),
    }),
  })

export interface Page {
  /** Null when a cursor was given. */
  page: number | null
  limit: number
  /** Null when there are more than 10,000 and no exact count was asked for. */
  total: number | null
  has_more: boolean
  /** Cursor for what follows; null at the end. */
  after: string | null
}

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
  const direction = sql.raw(list.order)
  const ordered = query.orderBy(sql`${sql.ref(list.sort)} ${direction}, id ${direction}`).limit(list.limit + 1)
  const placed =
    list.after === undefined
      ? ordered.offset((list.page - 1) * list.limit)
      : ordered.where(beyond(list, readCursor(list, list.after, isId)))
  const {rows: found} = await execute(db, placed.compile())
  const rows = found.slice(0, list.limit)
  const last = rows.at(-1)
  const more = found.length > list.limit
  const isLast = !more && list.after === undefined && (rows.length > 0 || list.page === 1)
  const before = (list.page - 1) * list.limit
  // The last page says by itself how many there are.
  const counted = isLast ? before + rows.length : await countRows(db, query, list.count ? undefined : MOST_COUNTED)
  const page = {
    page: list.after === undefined ? list.page : null,
    limit: list.limit,
    total: !list.count && counted > MOST_COUNTED ? null : counted,
    has_more: more,
    after: more && last ? cursorOf(list, last) : null,
  }
  return {rows, page}
}

/** The answer of a list that is short by nature. */
export const onOnePage = <T>(data: T[]): {data: T[]; page: Page} => ({
  data,
  page: {page: 1, limit: data.length, total: data.length, has_more: false, after: null},
})

/** Rows after the cursor's, in the list's order. Row values compare alike on both engines. */
function beyond(list: ListQuery, {value, id}: Cursor) {
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
