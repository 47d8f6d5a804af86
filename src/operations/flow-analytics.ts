import {z} from 'zod'
import {flowAnalytics} from '../analytics/flow.ts'
import {parseDuration} from '../base/duration.ts'
import {findFlow, releaseOf} from '../deploy/releases.ts'
import {byId, timeOut} from './fields.ts'
import {operation} from './operation.ts'

/** A duration back from now, or a time (ISO 8601). */
const Since = z
  .string()
  .refine(
    (text) => parseDuration(text) !== undefined || (/^\d{4}-\d{2}-\d{2}/.test(text) && !Number.isNaN(Date.parse(text))),
    'must be a duration such as 7d, or a time (ISO 8601)',
  )

const counts = {
  started: z.number(),
  active: z.number(),
  completed: z.number(),
  abandoned: z.number(),
  expired: z.number(),
  failed: z.number(),
  replaced: z.number(),
}

const FlowAnalytics = z.object({
  flow: z.string(),
  since: timeOut,
  until: timeOut,
  /** Sessions that began in the period. */
  sessions: z.object(counts),
  releases: z.array(z.object({version: z.number(), ...counts})),
  /** What happened at each node during the period, as far back as events are kept. */
  nodes: z.array(
    z.object({
      node: z.string(),
      type: z.string().nullable(),
      visits: z.number(),
      waiting: z.number(),
      dropped: z.number(),
      drop_off: z.number(),
      median_ms: z.number().nullable(),
      outcomes: z.record(z.string(), z.number()),
    }),
  ),
})
export type FlowAnalytics = z.output<typeof FlowAnalytics>

export const analyseFlow = operation({
  id: 'flows.analytics',
  method: 'GET',
  path: '/flows/{id}/analytics',
  permission: 'flows:read',
  summary: 'Count what people did in a flow: sessions by release, visits, time and drop-off by node.',
  input: byId.extend({since: Since.default('7d'), until: Since.optional()}),
  output: FlowAnalytics,
  status: 200,
  async run({tenant, clock}, {id, since, until}) {
    const row = await findFlow(tenant, id)
    const {definition} = await releaseOf(tenant, row)
    const now = clock.now()
    const period = {since: momentOf(since, now), until: until === undefined ? now + 1 : momentOf(until, now)}
    return {
      flow: row.flow_key,
      since: new Date(period.since).toISOString(),
      until: new Date(period.until).toISOString(),
      ...(await flowAnalytics(tenant, {id: row.id, key: row.flow_key, definition}, period)),
    }
  },
})

function momentOf(text: string, now: number): number {
  const duration = parseDuration(text)
  return duration === undefined ? Date.parse(text) : now - duration
}

export const flowAnalyticsOperations = {analyseFlow}
