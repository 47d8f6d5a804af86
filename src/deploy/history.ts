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

/** Releases of a flow, newest first. */
export const releasesOf = (db: TenantDb, flow: FlowRow, limit: number): Promise<ReleaseRow[]> =>
  db.read((q) =>
    q
      .selectFrom('flow_releases')
      .select([...columns])
      .where('flow_id', '=', flow.id)
      .orderBy('version', 'desc')
      .limit(limit)
      .execute(),
  )

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
