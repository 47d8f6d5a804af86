import {sql} from 'kysely'
import {inList} from '../store/in-list.ts'
import type {TenantDb} from '../store/stores.ts'
import {type FlowRow, noRelease} from './releases.ts'

/** A release without what it holds. */
export interface ReleaseRow {
  version: number
  release: string
  author: string
  commit: string | null
  note: string | null
  ci_url: string | null
  created_at: Date
}

const columns = ['version', 'release', 'author', 'commit_id as commit', 'note', 'ci_url', 'created_at'] as const
const names = ['version', 'release', 'author', 'commit', 'note', 'ci_url', 'created_at'] as const

/** The newest releases of each of these flows, newest first: one statement, however many flows there are. */
export async function releasesOf(
  db: TenantDb,
  flowIds: readonly string[],
  limit: number,
): Promise<Map<string, ReleaseRow[]>> {
  const rows = await db.read((q) => {
    const rank = sql<number>`row_number() over (partition by flow_id order by version desc)`.as('rank')
    const ranked = q
      .selectFrom('flow_releases')
      .select(['flow_id', ...columns, rank])
      .where(inList(db.engine, 'flow_id', flowIds))
    return q
      .selectFrom(ranked.as('ranked'))
      .select(['flow_id', ...names])
      .where('rank', '<=', limit)
      .orderBy('version', 'desc')
      .execute()
  })
  const byFlow = new Map<string, ReleaseRow[]>()
  for (const {flow_id: flowId, ...row} of rows) byFlow.set(flowId, [...(byFlow.get(flowId) ?? []), row])
  return byFlow
}

export async function countReleases(db: TenantDb, flow: FlowRow): Promise<number> {
  const row = await db.read((q) =>
    q
      .selectFrom('flow_releases')
      .select((e) => e.fn.countAll().as('total'))
      .where('flow_id', '=', flow.id)
      .executeTakeFirst(),
  )
  return Number(row?.total ?? 0)
}

/** Throws `NOT_FOUND`. */
export async function releaseRow(db: TenantDb, flow: FlowRow, version: number): Promise<ReleaseRow> {
  const row = await db.read((q) =>
    q
      .selectFrom('flow_releases')
      .select([...columns])
      .where('flow_id', '=', flow.id)
      .where('version', '=', version)
      .executeTakeFirst(),
  )
  if (!row) throw noRelease(flow, version)
  return row
}
