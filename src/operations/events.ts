import {z} from 'zod'
import {parseDuration} from '../base/duration.ts'
import {invalid} from '../base/errors.ts'
import type {EventRecord} from '../base/events.ts'
import {
  cursorAt,
  cursorAtStart,
  formatCursor,
  logHead,
  parseCursor,
  type Position,
  readEvents,
  resumeAt,
} from '../store/event-log.ts'
import type {TenantDb} from '../store/stores.ts'
import {type EventFilter, eventFilter, eventFilterFields} from './event-filter.ts'
import {eventRecord} from './event-record.ts'
import {timeOut} from './fields.ts'
import {operation} from './operation.ts'

const DEFAULT_LIMIT = 100
const MOST_LIMIT = 1000
/** Events looked at for one answer, so that a rare match costs many short requests and not one long. */
const MOST_SCANNED = 10_000
const PAGE = 1000

export const Event = z.object({
  cursor: z.string(),
  at: timeOut,
  type: z.string(),
  data: z.record(z.string(), z.unknown()),
})

export const listEventsOperation = operation({
  id: 'events.list',
  method: 'GET',
  path: '/events',
  permission: 'events:read',
  summary: 'Read the event log, oldest first. `page.after` is the cursor to go on from, also when nothing matched.',
  input: z.strictObject({
    ...eventFilterFields,
    after: z.string().max(100).optional(),
    since: z.string().max(100).optional(),
    limit: z.coerce.number().int().min(1).max(MOST_LIMIT).default(DEFAULT_LIMIT),
  }),
  output: z.object({
    data: z.array(Event),
    page: z.object({limit: z.number(), after: z.string(), has_more: z.boolean()}),
  }),
  status: 200,
  async run({tenant, clock}, {after, since, limit, ...wanted}) {
    const filter = await eventFilter(tenant, wanted)
    const from = after ?? since
    const start = from === undefined ? await cursorAtStart(tenant) : await positionOf(tenant, from, clock.now())
    return scan(tenant, {start, limit, filter})
  },
})

export const eventOperations = {listEventsOperation}

/**
 * Where to begin: `now`, a duration back (`10m`), a time (ISO 8601) or a cursor. Throws `VALIDATION_ERROR` for anything
 * else and "cannot resume" for a cursor that this log cannot go on from.
 */
export async function positionOf(db: TenantDb, since: string, now: number): Promise<Position> {
  if (since === 'now') return logHead(db)
  const duration = parseDuration(since)
  if (duration !== undefined) return cursorAt(db, now - duration)
  const position = parseCursor(since)
  if (position && !/^\d{4}-/.test(since)) return {...position, seq: await resumeAt(db, position)}
  const time = /^\d{4}-\d{2}-\d{2}/.test(since) ? Date.parse(since) : Number.NaN
  if (!Number.isNaN(time)) return cursorAt(db, time)
  throw invalid('since', 'must be a duration such as 10m, a time (ISO 8601), a cursor, or now')
}

interface Scan {
  start: Position
  limit: number
  filter: EventFilter
}

async function scan(db: TenantDb, {start, limit, filter}: Scan) {
  const data: EventRecord[] = []
  let last = start.seq
  for (let scanned = 0; scanned < MOST_SCANNED; scanned += PAGE) {
    const page = await readEvents(db, {after: last, limit: PAGE, types: filter.types})
    for (const event of page.events) {
      if (!filter.matches(event)) continue
      if (data.length === limit) return answer(true)
      data.push(eventRecord(page.head.logId, event))
      last = event.seq
    }
    last = page.last
    if (last >= page.head.seq) return answer(false)
  }
  return answer(true)

  function answer(more: boolean) {
    return {data, page: {limit, after: formatCursor({logId: start.logId, seq: last}), has_more: more}}
  }
}
