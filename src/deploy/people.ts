import {type Kysely, sql} from 'kysely'
import type {TenantSchema} from '../store/schema/tenant.ts'
import type {Redirected} from './redirects.ts'

/** In the very words of the index of living sessions, so that both engines read only those. */
const isLiving = sql<boolean>`status IN ('active', 'calling', 'transferred')`

/** People who stand at one node of one release. */
export interface LivingAt {
  release: string
  node: string | null
  /** All of them. */
  sessions: number
  /** Those of them whom a person has taken over: no deploy moves them. */
  withPerson: number
}

export async function livingByNode(q: Kysely<TenantSchema>): Promise<LivingAt[]> {
  const rows = await q
    .selectFrom('flow_sessions')
    .select(['release', 'current_node_id', 'status', (e) => e.fn.countAll().as('count')])
    .where(isLiving)
    .groupBy(['release', 'current_node_id', 'status'])
    .execute()
  const places = new Map<string, LivingAt>()
  for (const {release, current_node_id: node, status, count} of rows) {
    const key = JSON.stringify([release, node])
    const place = places.get(key) ?? {release, node, sessions: 0, withPerson: 0}
    places.set(key, place)
    place.sessions += Number(count)
    if (status === 'transferred') place.withPerson += Number(count)
  }
  return [...places.values()]
}

/** Everybody whom a deploy may move, with the release they are on. */
export async function livingSessions(q: Kysely<TenantSchema>): Promise<(Redirected & {release: string})[]> {
  const rows = await q
    .selectFrom('flow_sessions')
    .select(['id', 'conversation_id', 'config_id', 'release', 'status'])
    .where(isLiving)
    .execute()
  return rows
    .filter(({status}) => status !== 'transferred')
    .map(({id, conversation_id: conversation, config_id: config, release}) => ({
      session: id,
      conversation,
      config,
      release,
    }))
}

/** Which flow and number each release in use is. Of equal releases the younger counts. */
export async function releaseNumbers(
  q: Kysely<TenantSchema>,
): Promise<ReadonlyMap<string, {flowId: string; version: number}>> {
  const rows = await q
    .selectFrom('flow_releases')
    .select(['flow_id', 'version', 'release'])
    .where((e) =>
      e('release', 'in', e.selectFrom('flow_sessions').select('flow_sessions.release').where(isLiving).distinct()),
    )
    .orderBy('version')
    .execute()
  return new Map(rows.map(({flow_id: flowId, version, release}) => [release, {flowId, version}]))
}
