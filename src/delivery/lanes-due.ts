import {type Kysely, sql} from 'kysely'
import type {TenantSchema} from '../store/schema/tenant.ts'
import {DOUBT_MS} from './take-over.ts'

interface LaneDue {
  lease_until_at: Date | null
  due_at: Date | null
  sending_at: Date | null
  claimed: number | string
}

/** When a lane has something to send, or takes over what another holder left. Null when nothing waits. */
export async function lanesDue(q: Kysely<TenantSchema>, now: number): Promise<number | null> {
  const at = new Date(now)
  const queued = sql`FROM outbox o WHERE o.config_id = l.config_id AND o.state = 'queued'`
  // Only when nothing is due now all that waits is gone through.
  const {rows} = await sql<LaneDue>`
    SELECT l.lease_until_at,
      CASE WHEN NOT c.is_active THEN NULL
        WHEN EXISTS (SELECT 1 ${queued} AND o.due_at <= ${at}) THEN ${at}
        ELSE (SELECT min(o.due_at) ${queued}) END AS due_at,
      (SELECT min(o.sending_at) FROM outbox o WHERE o.config_id = l.config_id AND o.state = 'sending') AS sending_at,
      (SELECT count(*) FROM outbox o WHERE o.config_id = l.config_id AND o.state = 'claimed') AS claimed
    FROM lanes l JOIN whatsapp_configs c ON c.id = l.config_id
    WHERE l.state = 'running' AND c.removed_at IS NULL`.execute(q)
  const times = rows.flatMap((row) => dueOf(row, now))
  return times.length > 0 ? Math.min(...times) : null
}

/** What a living holder has taken is its own until its lease ends; without one, what is on the wire is waited for. */
function dueOf({lease_until_at: lease, due_at: due, sending_at: sending, claimed}: LaneDue, now: number): number[] {
  const times = due ? [due.getTime()] : []
  if (Number(claimed) > 0) times.push(lease?.getTime() ?? now)
  if (sending) times.push(lease?.getTime() ?? sending.getTime() + DOUBT_MS)
  return times
}
