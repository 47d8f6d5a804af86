import {z} from 'zod'
import type {EventRecord} from '../base/events.ts'
import {requireChannels} from './event-channels.ts'
import {type EventFilter, eventFilter, eventFilterFields, refuseUnknownContact} from './event-filter.ts'
import {
  type EventLogs,
  formatPlace,
  isAsFar,
  logsOf,
  mayBeSeen,
  type Place,
  placeOf,
  readLogs,
  startsOf,
} from './event-logs.ts'
import {eventRecord} from './event-record.ts'
import {timeOut} from './fields.ts'
import {operation} from './operation.ts'

const DEFAULT_LIMIT = 100
const MOST_LIMIT = 1000
/** Events looked at for one answer, so that a rare match costs many short requests and not one long. */
const MOST_SCANNED = 10_000
const PAGE = 1000
const MOST_CURSOR = 200

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
    after: z.string().max(MOST_CURSOR).optional(),
    since: z.string().max(MOST_CURSOR).optional(),
    limit: z.coerce.number().int().min(1).max(MOST_LIMIT).default(DEFAULT_LIMIT),
  }),
  output: z.object({
    data: z.array(Event),
    page: z.object({limit: z.number(), after: z.string(), has_more: z.boolean()}),
  }),
  status: 200,
  personal: 'if shown',
  async run({stores, tenant, tenantRow, principal, clock}, {after, since, limit, ...wanted}) {
    requireChannels(principal, wanted)
    const filter = await eventFilter(tenant, wanted, mayBeSeen(principal, tenantRow.id))
    if (after === undefined) await refuseUnknownContact(tenant, wanted)
    const logs = logsOf(stores, tenant)
    const from = after ?? since
    const start = from === undefined ? await startsOf(logs) : await placeOf(logs, from, clock.now())
    return scan(logs, {start, limit, filter})
  },
})

export const eventOperations = {listEventsOperation}

interface Scan {
  start: Place
  limit: number
  filter: EventFilter
}

async function scan(logs: EventLogs, {start, limit, filter}: Scan) {
  const data: EventRecord[] = []
  let last = start
  for (let scanned = 0; scanned < MOST_SCANNED; scanned += PAGE) {
    const page = await readLogs(logs, {after: last, limit: PAGE, types: filter.types})
    for (const event of page.events) {
      if (!filter.matches(event)) continue
      if (data.length === limit) return answer(true)
      data.push(eventRecord(event))
      last = event.place
    }
    last = page.last
    if (isAsFar(last, page.heads)) return answer(false)
  }
  return answer(true)

  function answer(more: boolean) {
    return {data, page: {limit, after: formatPlace(last), has_more: more}}
  }
}
