import {type Selectable, sql} from 'kysely'
import {z} from 'zod'
import {notFound} from '../base/errors.ts'
import {isOfSpan, releaseSpans} from '../deploy/release-spans.ts'
import {findFlow} from '../deploy/releases.ts'
import {redirectPeople} from '../deploy/sessions.ts'
import {LiveChoiceSource} from '../flow/definition.ts'
import type {FlowSessions} from '../store/schema/flows.ts'
import type {TenantDb} from '../store/stores.ts'
import {inList} from '../store/in-list.ts'
import {byId, iso, isoOrNull, ref, timeOrNull, timeOut, uuid} from './fields.ts'
import {listInput, listOutput} from './list.ts'
import {readPage} from './page.ts'
import {operation} from './operation.ts'

const living = ['active', 'calling', 'transferred'] as const
const states = [...living, 'completed', 'abandoned', 'expired', 'failed', 'replaced'] as const

const FlowSession = z.object({
  id: z.uuid(),
  /** The flow it is in now, which need not be the one it began in. */
  flow: z.string().nullable(),
  version: z.number().nullable(),
  node: z.string().nullable(),
  status: z.string(),
  conversation_id: z.uuid(),
  contact_id: z.uuid(),
  contact_name: z.string().nullable(),
  contact_phone: z.string().nullable(),
  started_at: timeOut,
  due_at: timeOrNull,
  expires_at: timeOut,
  completed_at: timeOrNull,
})
export type FlowSession = z.output<typeof FlowSession>

const FlowSessionDetails = FlowSession.extend({
  vars: z.record(z.string(), z.json()),
  response: z.string(),
  /** Flows that called this one, outermost first. */
  callers: z.array(z.string()),
  result: z.unknown().optional(),
})
export type FlowSessionDetails = z.output<typeof FlowSessionDetails>

export const listFlowSessions = operation({
  id: 'flowSessions.list',
  method: 'GET',
  path: '/flow-sessions',
  permission: 'conversations:read',
  summary: 'List people who are inside flows, those who came last first; ended sessions when asked for.',
  input: listInput({
    sort: ['started_at', 'expires_at'],
    filters: {
      flow: ref.optional(),
      node: z.string().optional(),
      status: z.enum([...states, 'any']).optional(),
    },
  }),
  output: listOutput(FlowSession),
  status: 200,
  personal: true,
  async run({tenant}, input) {
    const flow = input.flow === undefined ? undefined : await findFlow(tenant, input.flow)
    const {rows, page} = await tenant.read((db) => {
      let query = db.selectFrom('flow_sessions').selectAll()
      if (input.status === undefined) query = query.where(sql<boolean>`status IN ('active', 'calling', 'transferred')`)
      else if (input.status !== 'any') query = query.where('status', '=', input.status)
      if (input.node !== undefined) query = query.where('current_node_id', '=', input.node)
      if (flow) {
        query = query.where('release', 'in', (e) =>
          e.selectFrom('flow_releases').select('flow_releases.release').where('flow_id', '=', flow.id),
        )
      }
      return readPage(db, query, input)
    })
    return {data: await present(tenant, rows), page}
  },
})

export const showFlowSession = operation({
  id: 'flowSessions.show',
  method: 'GET',
  path: '/flow-sessions/{id}',
  permission: 'conversations:read',
  summary: 'Show one session with its variables.',
  input: byId,
  output: FlowSessionDetails,
  status: 200,
  personal: true,
  async run({tenant}, {id}) {
    const isUuid = z.uuid().safeParse(id).success
    const row = isUuid
      ? await tenant.read((db) => db.selectFrom('flow_sessions').selectAll().where('id', '=', id).executeTakeFirst())
      : undefined
    const [session] = row ? await present(tenant, [row]) : []
    if (!row || !session) throw notFound(`Session "${id}"`, 'pytake flow sessions list')
    const {vars = {}, response = '', stack = [], result} = (row.context ?? {}) as unknown as Partial<Context>
    return {...session, vars, response, callers: stack.map(({flow}) => flow), result}
  },
})

/** The part of a stored session that is shown. */
interface Context {
  vars: FlowSessionDetails['vars']
  response: string
  stack: {flow: string}[]
  result?: unknown
}

export const redirectFlowSessions = operation({
  id: 'flowSessions.redirect',
  method: 'POST',
  path: '/flow-sessions/redirect',
  permission: 'conversations:write',
  summary: 'Move people who are inside a flow to a node of its live release, to its start, or out of it.',
  input: z
    .strictObject({
      sessions: z.array(uuid).min(1).max(10_000).optional(),
      /** Everybody in this flow, or at this node of it. */
      flow: ref.optional(),
      node: z.string().optional(),
      choice: LiveChoiceSource.refine((choice) => choice !== 'finish', 'must be restart, end, {end} or {move}'),
    })
    .refine(({sessions, flow}) => (sessions === undefined) !== (flow === undefined), {
      path: ['sessions'],
      error: 'give either sessions or flow',
    }),
  output: z.object({redirected: z.array(z.uuid())}),
  status: 202,
  async run(context, {sessions, flow: flowRef, node, choice}) {
    const {tenant, clock, ids} = context
    const flow = flowRef === undefined ? undefined : (await findFlow(tenant, flowRef)).id
    context.note({resource: flow ?? sessions?.[0], after: {choice, node, sessions: sessions?.length}})
    const meant = {sessions, flow, node}
    return {redirected: await redirectPeople(tenant, meant, choice, {now: clock.now(), key: ids.next()})}
  },
})

export const flowSessionOperations = {listFlowSessions, showFlowSession, redirectFlowSessions}

type SessionRow = Selectable<FlowSessions>

/** Rows with names of flows and people. */
async function present(tenant: TenantDb, rows: readonly SessionRow[]): Promise<FlowSession[]> {
  if (rows.length === 0) return []
  const ids = rows.map(({id}) => id)
  const releases = [...new Set(rows.map(({release}) => release))]
  const people = [...new Set(rows.map(({contact_id: id}) => id))]
  const [flows, contacts] = await tenant.read(async (db) => [
    await db
      .selectFrom('flow_sessions')
      .innerJoin(
        releaseSpans(db)
          .where(inList(tenant.engine, 'release', releases))
          .as('spans'),
        (join) => join.on(isOfSpan),
      )
      .innerJoin('flows', 'flows.id', 'spans.flow_id')
      .select(['flow_sessions.id', 'spans.version', 'flow_key'])
      .where(inList(tenant.engine, 'flow_sessions.id', ids))
      .execute(),
    await db
      .selectFrom('contacts')
      .select(['id', 'name', 'phone'])
      .where(inList(tenant.engine, 'id', people))
      .execute(),
  ])
  const bySession = new Map(flows.map((flow) => [flow.id, flow]))
  const byContact = new Map(contacts.map((contact) => [contact.id, contact]))
  return rows.map((row) => ({
    id: row.id,
    flow: bySession.get(row.id)?.flow_key ?? null,
    version: bySession.get(row.id)?.version ?? null,
    node: row.current_node_id,
    status: row.status,
    conversation_id: row.conversation_id,
    contact_id: row.contact_id,
    contact_name: byContact.get(row.contact_id)?.name ?? null,
    contact_phone: byContact.get(row.contact_id)?.phone ?? null,
    started_at: iso(row.started_at),
    due_at: isoOrNull(row.due_at),
    expires_at: iso(row.expires_at),
    completed_at: isoOrNull(row.completed_at),
  }))
}
