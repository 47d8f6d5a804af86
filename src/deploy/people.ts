import {type Kysely, sql} from 'kysely'
import type {TenantSchema} from '../store/schema/tenant.ts'
import type {Redirected} from './redirects.ts'
import {isOfSpan, releaseSpans} from './release-spans.ts'

/** In the very words of the index of living sessions, so that both engines read only those. */
const isLiving = sql<boolean>`status IN ('active', 'calling', 'transferred')`

/** People who stand at one node of one release. */
export interface LivingAt {
  flowId: string
  version: number
  release: string
  node: string | null
  /** All of them. */
  sessions: number
  /** Those of them whom a person has taken over: no deploy moves them. */
  withPerson: number
}

export async function livingByNode(q: Kysely<TenantSchema>): Promise<LivingAt[]> {
  const rows = await living(q)
    .select(['spans.flow_id', 'spans.version', 'spans.release', 'current_node_id', 'status'])
    .select((e) => e.fn.countAll().as('count'))
    .groupBy(['spans.flow_id', 'spans.version', 'spans.release', 'current_node_id', 'status'])
    .execute()
  const places = new Map<string, LivingAt>()
  for (const {flow_id: flowId, version, release, current_node_id: node, status, count} of rows) {
    const key = JSON.stringify([flowId, version, node])
    const place = places.get(key) ?? {flowId, version, release, node, sessions: 0, withPerson: 0}
    places.set(key, place)
    place.sessions += Number(count)
    if (status === 'transferred') place.withPerson += Number(count)
  }
  return [...places.values()]
}

/** Everybody whom a deploy may move, with the release they are on. */
export async function livingSessions(
  q: Kysely<TenantSchema>,
): Promise<(Redirected & {flowId: string; version: number; release: string})[]> {
  const rows = await living(q)
    .select(['flow_sessions.id', 'conversation_id', 'config_id', 'status'])
    .select(['spans.flow_id', 'spans.version', 'spans.release'])
    .execute()
  return rows
    .filter(({status}) => status !== 'transferred')
    .map(({id, conversation_id: conversation, config_id: config, flow_id: flowId, version, release}) => ({
      session: id,
      conversation,
      config,
      flowId,
      version,
      release,
    }))
}

/** Living sessions, each with its release. */
function living(q: Kysely<TenantSchema>) {
  const used = q.selectFrom('flow_sessions').select('flow_sessions.release').where(isLiving).distinct()
  const spans = releaseSpans(q).where('release', 'in', used).as('spans')
  return q
    .selectFrom('flow_sessions')
    .innerJoin(spans, (join) => join.on(isOfSpan))
    .where(isLiving)
}
