import type {Runtime} from '../runtime/runtime.ts'
import {deleteOld} from '../store/retention.ts'
import type {TenantDb} from '../store/stores.ts'
import {sweepKeys} from './idempotency.ts'

const DAY_MS = 24 * 3_600_000

/** How long what is kept: days, and what a deletion must not touch. */
const kept = [
  {table: 'raw_webhooks', key: 'id', time: 'created_at', days: 7},
  {table: 'inbox', key: 'id', time: 'received_at', days: 14, where: `state IN ('done', 'ignored', 'stale')`},
  {table: 'jobs', key: 'id', time: 'updated_at', days: 30, where: `state IN ('done', 'failed', 'cancelled')`},
  {table: 'events', key: 'seq', time: 'created_at', days: 90},
] as const

/** Deletes what a tenant need not keep, a little at a time, and gives the space back (rules 1.8). */
export async function tidyTenant({clock}: Pick<Runtime, 'clock'>, db: TenantDb): Promise<number> {
  const now = clock.now()
  let deleted = 0
  for (const {days, ...what} of kept) deleted += await deleteOld(db, what, now - days * DAY_MS)
  await sweepKeys(db, now)
  if (deleted > 0) await db.reclaim()
  return deleted
}
