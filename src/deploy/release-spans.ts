import {type ExpressionBuilder, type Kysely, sql} from 'kysely'
import type {TenantSchema} from '../store/schema/tenant.ts'

/** A release, and when sessions that hold its content began if they are its own. */
interface ReleaseSpan {
  flow_id: string
  version: number
  release: string
  /** Null for the first release with this content. */
  since: Date | null
  /** Null for the last. */
  until: Date | null
}

/**
 * Releases with the time in which a session of theirs began. A session keeps the hash of what it runs, and a rollback publishes
 * the same content under another number: so of releases with one content each has the sessions that began until the next.
 */
export function releaseSpans(q: Kysely<TenantSchema>) {
  const same = sql`(partition by flow_id, release order by created_at, version)`
  return q
    .selectFrom('flow_releases')
    .select(['flow_id', 'version', 'release'])
    .select(sql<Date | null>`case when row_number() over ${same} = 1 then null else created_at end`.as('since'))
    .select(sql<Date | null>`lead(created_at) over ${same}`.as('until'))
}

type Joined = ExpressionBuilder<TenantSchema & {spans: ReleaseSpan}, 'flow_sessions' | 'spans'>

/** Is a session one of this release? For joins with `releaseSpans` under the name `spans`. */
export const isOfSpan = (e: Joined) =>
  e.and([
    e('flow_sessions.release', '=', e.ref('spans.release')),
    e.or([e('spans.since', 'is', null), e('flow_sessions.started_at', '>=', e.ref('spans.since').$notNull())]),
    e.or([e('spans.until', 'is', null), e('flow_sessions.started_at', '<', e.ref('spans.until').$notNull())]),
  ])
