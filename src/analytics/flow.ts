import {isOfSpan, releaseSpans} from '../deploy/release-spans.ts'
import type {FlowDefinition} from '../flow/shape.ts'
import {cursorAt, logHead} from '../store/event-log.ts'
import {jsonField} from '../store/json-field.ts'
import type {TenantDb} from '../store/stores.ts'
import {FlowNodes} from './flow-nodes.ts'

const PAGE = 5000
const statuses = ['active', 'completed', 'abandoned', 'expired', 'failed', 'replaced'] as const
const types = ['flow_step', 'flow_waiting', 'flow_call', 'flow_moved', 'flow_ended', 'flow_failed'] as const

/** Sessions by what became of them; `active` are those that go on. */
export type SessionCounts = {started: number} & Record<(typeof statuses)[number], number>

export interface NodeAnalytics {
  node: string
  type: string | null
  visits: number
  /** People who stand here now. */
  waiting: number
  dropped: number
  /** Of those who came here, 0 to 1. */
  drop_off: number
  /** Between asking and going on; null where nobody waits. */
  median_ms: number | null
  outcomes: Record<string, number>
}

export interface FlowAnalytics {
  sessions: SessionCounts
  releases: (SessionCounts & {version: number})[]
  nodes: NodeAnalytics[]
}

interface Flow {
  id: string
  key: string
  /** What is live, for names and order of nodes. */
  definition: FlowDefinition
}

interface Period {
  since: number
  until: number
}

/** What people did in a flow: sessions that began in the period, and what happened at each node during it. */
export async function flowAnalytics(db: TenantDb, flow: Flow, period: Period): Promise<FlowAnalytics> {
  const [counts, waiting, nodes] = [
    await sessionCounts(db, flow.id, period),
    await waitingAt(db, flow.id),
    await nodesOf(db, flow.key, period),
  ]
  return {...counts, nodes: inOrder(flow.definition, nodes, waiting)}
}

async function sessionCounts(
  db: TenantDb,
  flowId: string,
  {since, until}: Period,
): Promise<Pick<FlowAnalytics, 'sessions' | 'releases'>> {
  const rows = await db.read((q) =>
    q
      .selectFrom('flow_sessions')
      .leftJoin(releaseSpans(q).where('flow_id', '=', flowId).as('spans'), (join) => join.on(isOfSpan))
      .select(['spans.version', 'status', (e) => e.fn.countAll().as('count')])
      .where('flow_sessions.flow_id', '=', flowId)
      .where('started_at', '>=', new Date(since))
      .where('started_at', '<', new Date(until))
      .groupBy(['spans.version', 'status'])
      .execute(),
  )
  const total = noSessions()
  const byVersion = new Map<number, SessionCounts>()
  // Somebody who has gone on into another flow began here all the same.
  for (const {version: known, status, count} of rows) {
    const version = known ?? 0
    const own = byVersion.get(version) ?? noSessions()
    byVersion.set(version, own)
    for (const counts of [total, own]) add(counts, status ?? 'active', Number(count))
  }
  const releases = [...byVersion].map(([version, counts]) => ({version, ...counts}))
  return {sessions: total, releases: releases.sort((a, b) => b.version - a.version)}
}

const noSessions = (): SessionCounts => ({
  started: 0,
  active: 0,
  completed: 0,
  abandoned: 0,
  expired: 0,
  failed: 0,
  replaced: 0,
})

function add(counts: SessionCounts, status: string, count: number): void {
  counts.started += count
  const known = statuses.find((one) => one === status) ?? 'active'
  counts[known] += count
}

async function waitingAt(db: TenantDb, flowId: string): Promise<Map<string, number>> {
  const rows = await db.read((q) =>
    q
      .selectFrom('flow_sessions')
      .select(['current_node_id', (e) => e.fn.countAll().as('count')])
      .where('status', 'in', ['active', 'calling', 'transferred'])
      .where('release', 'in', (e) =>
        e.selectFrom('flow_releases').select('flow_releases.release').where('flow_id', '=', flowId),
      )
      .groupBy('current_node_id')
      .execute(),
  )
  return new Map(rows.map(({current_node_id: node, count}) => [node ?? '', Number(count)]))
}

/** Read page by page: no query is open for long, however much happened. */
async function nodesOf(db: TenantDb, key: string, {since, until}: Period): Promise<FlowNodes> {
  const nodes = new FlowNodes()
  const {seq: end} = await logHead(db)
  let {seq: after} = await cursorAt(db, since)
  while (after < end) {
    const from = after
    const rows = await db.read((q) =>
      q
        .selectFrom('events')
        .select(['seq', 'type', 'data', 'created_at'])
        .where('seq', '>', from)
        .where('seq', '<=', end)
        .where('type', 'in', [...types])
        .where(jsonField(db.engine, 'data', 'flow'), '=', key)
        .orderBy('seq')
        .limit(PAGE)
        .execute(),
    )
    for (const {type, data, created_at: at} of rows) {
      if (at.getTime() >= until) return nodes
      const {session, node, status, outcome} = data as Record<string, string | null>
      nodes.take({type, session: session ?? '', node: node ?? null, status, outcome, at: at.getTime()})
    }
    after = rows.length === PAGE ? Number(rows.at(-1)?.seq ?? end) : end
  }
  return nodes
}

/** As the live release has them; nodes of older ones after these. */
function inOrder(
  {nodes}: FlowDefinition,
  {nodes: counted}: FlowNodes,
  waiting: ReadonlyMap<string, number>,
): NodeAnalytics[] {
  const known = new Map(nodes.map(({id, type}) => [id, type]))
  const gone = [...new Set([...counted.keys(), ...waiting.keys()])].filter((id) => id !== '' && !known.has(id))
  return [...known.keys(), ...gone].map((node) => {
    const counts = counted.get(node)
    const {visits = 0, dropped = 0} = counts ?? {}
    return {
      ...{node, type: known.get(node) ?? null, visits, waiting: waiting.get(node) ?? 0, dropped},
      drop_off: visits === 0 ? 0 : Math.round((Math.min(dropped, visits) / visits) * 1000) / 1000,
      median_ms: counts?.times.median ?? null,
      outcomes: Object.fromEntries(counts?.outcomes ?? []),
    }
  })
}
