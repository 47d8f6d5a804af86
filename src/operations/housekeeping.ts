import type {Runtime} from '../runtime/runtime.ts'
import {deleteOld, deleteOldEvents} from '../store/retention.ts'
import type {ControlDb, TenantDb} from '../store/stores.ts'
import {sweepAttempts} from '../users/failed-logins.ts'
import {sweepOneTimeTokens} from '../users/one-time-tokens.ts'
import {sweepSessions} from '../users/sessions.ts'
import {sweepKeys} from './idempotency.ts'

const DAY_MS = 24 * 3_600_000

/** How long what is kept: days, and what a deletion must not touch. */
const kept = [
  {table: 'raw_webhooks', key: 'id', time: 'created_at', days: 7},
  {table: 'inbox', key: 'id', time: 'received_at', days: 14, where: `state IN ('done', 'ignored', 'stale')`},
  {table: 'jobs', key: 'id', time: 'updated_at', days: 30, where: `state IN ('done', 'failed', 'cancelled')`},
  {table: 'hook_deliveries', key: 'id', time: 'updated_at', days: 7, where: `state = 'delivered'`},
  {table: 'hook_deliveries', key: 'id', time: 'updated_at', days: 30, where: `state = 'dead'`},
  {table: 'hook_deliveries', key: 'id', time: 'updated_at', days: 0, where: 'hook_id NOT IN (SELECT id FROM hooks)'},
] as const
const EVENT_DAYS = 90

/**
 * Deletes what a tenant need not keep, a little at a time, and gives the space back; makes the parts of tables by month
 * ahead of their time. Returns how many rows were deleted one by one.
 */
export async function tidyTenant({clock}: Pick<Runtime, 'clock'>, db: TenantDb): Promise<number> {
  const now = clock.now()
  await db.months?.make(now)
  let deleted = await deleteOldEvents(db, now - EVENT_DAYS * DAY_MS)
  for (const {days, ...what} of kept) deleted += await deleteOld(db, what, now - days * DAY_MS)
  await sweepKeys(db, now)
  if (deleted > 0) await db.reclaim()
  return deleted
}

/** The same for the installation's own log. */
export async function tidyControl({clock}: Pick<Runtime, 'clock'>, control: ControlDb): Promise<void> {
  const now = clock.now()
  await control.months?.make(now)
  await sweepKeys(control, now)
  await control.write(async (tx) => {
    await sweepSessions(tx, now)
    await sweepOneTimeTokens(tx, now)
    await sweepAttempts(tx, now)
  })
  if ((await deleteOldEvents(control, now - EVENT_DAYS * DAY_MS)) > 0) await control.reclaim()
}
