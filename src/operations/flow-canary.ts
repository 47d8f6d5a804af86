import {z} from 'zod'
import {abortCanary, canaryOf, type CanaryRow} from '../deploy/canary.ts'
import {findFlow} from '../deploy/releases.ts'
import {LiveChoiceSource} from '../flow/definition.ts'
import {byId, iso, isoOrNull, timeOrNull, timeOut} from './fields.ts'
import {operation} from './operation.ts'

const Canary = z.object({
  flow: z.string(),
  /** Number of the release that is tried, and of the live one. */
  version: z.number(),
  live: z.number(),
  share: z.number(),
  state: z.enum(['running', 'promoted', 'aborted']),
  reason: z.string().nullable(),
  abort_when: z.string().nullable(),
  min_sessions: z.number(),
  sessions: z.number(),
  ended: z.number(),
  failed: z.number(),
  /** Of those that ended, 0 to 1. */
  error_rate: z.number(),
  started_by: z.string(),
  started_at: timeOut,
  ended_at: timeOrNull,
})
export type Canary = z.output<typeof Canary>

export const showCanary = operation({
  id: 'flows.canary',
  method: 'GET',
  path: '/flows/{id}/canary',
  permission: 'flows:read',
  summary: 'Show the release of a flow that a share of new sessions takes, or the last that one did.',
  input: byId,
  output: Canary,
  status: 200,
  async run({tenant}, {id}) {
    const flow = await findFlow(tenant, id)
    return present(await canaryOf(tenant, flow), flow)
  },
})

export const abortCanaryOperation = operation({
  id: 'flows.canary.abort',
  method: 'POST',
  path: '/flows/{id}/canary/abort',
  permission: 'flows:publish',
  summary: 'Take a canary back: new sessions take the live release again.',
  input: byId.extend({
    /** What becomes of people who are inside it; they finish it unless told. */
    choice: LiveChoiceSource.default('finish'),
    reason: z.string().min(1).max(2000).default('aborted by hand'),
  }),
  output: Canary.extend({redirected: z.number()}),
  status: 200,
  async run(context, {id, choice, reason}) {
    const {tenant, clock, ids} = context
    const flow = await findFlow(tenant, id)
    context.note({resource: flow.id, after: {canary: 'aborted', reason}})
    const redirected = await abortCanary(tenant, flow, {choice, reason, now: clock.now(), ids})
    return {...present(await canaryOf(tenant, flow), flow), redirected}
  },
})

const present = (row: CanaryRow, flow: {flow_key: string; version: number}): Canary => ({
  ...{flow: flow.flow_key, version: row.version, live: flow.version, share: row.share},
  ...{state: row.state as Canary['state'], reason: row.reason},
  ...{abort_when: row.abort_when, min_sessions: row.min_sessions},
  ...{sessions: row.sessions, ended: row.ended, failed: row.failed},
  error_rate: row.ended === 0 ? 0 : row.failed / row.ended,
  started_by: row.started_by,
  started_at: iso(row.started_at),
  ended_at: isoOrNull(row.ended_at),
})

export const flowCanaryOperations = {showCanary, abortCanaryOperation}
