import {z} from 'zod'
import {uuid} from './fields.ts'

const DEFAULT_LIMIT = 20
const MOST_LIMIT = 1000

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

/** The answer of a list that is short by nature. */
export const onOnePage = <T>(data: T[]): {data: T[]; page: Page} => ({
  data,
  page: {page: 1, limit: data.length, total: data.length, has_more: false, after: null},
})
