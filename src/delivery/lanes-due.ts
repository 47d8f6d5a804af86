import {type Kysely, sql} from 'kysely'
import type {TenantSchema} from '../store/schema/tenant.ts'
import {PRIORITIES} from './enqueue.ts'
import {openState} from './queue-state.ts'
import {DOUBT_MS} from './take-over.ts'

interface LaneDue {
  lease_until_at: Date | null
  is_active: boolean
  sending_at: Date | null
  claimed: number | string
  reply_due_at: Date | null
  campaign_due_at: Date | null
}

/** The first of one priority stands at the head of the queue's index, however many wait behind it. */
const firstDue = (priority: number) => sql`(SELECT o.due_at FROM outbox o
  WHERE o.config_id = l.config_id AND o.state = 'queued' AND o.priority = ${sql.lit(priority)} ORDER BY o.due_at LIMIT 1)`

/** When a lane has something to send, or takes over what another holder left. Null when nothing waits. */
export async function lanesDue(q: Kysely<TenantSchema>, now: number): Promise<number | null> {
  const [replies, campaigns] = PRIORITIES.map(firstDue)
  const {rows} = await sql<LaneDue>`
    SELECT l.lease_until_at, c.is_active, ${replies} AS reply_due_at, ${campaigns} AS campaign_due_at,
      (SELECT min(outbox.sending_at) FROM outbox
        WHERE outbox.config_id = l.config_id AND ${openState('sending')}) AS sending_at,
      (SELECT count(*) FROM outbox WHERE outbox.config_id = l.config_id AND ${openState('claimed')}) AS claimed
    FROM lanes l JOIN whatsapp_configs c ON c.id = l.config_id
    WHERE l.state = 'running' AND c.removed_at IS NULL`.execute(q)
  const times = rows.flatMap((row) => dueOf(row, now))
  return times.length > 0 ? Math.min(...times) : null
}

/** What a living holder has taken is its own until its lease ends; without one, what is on the wire is waited for. */
function dueOf(row: LaneDue, now: number): number[] {
  const {lease_until_at: lease, sending_at: sending} = row
  const first = row.is_active ? [row.reply_due_at, row.campaign_due_at] : []
  const times = first.flatMap((at) => (at ? [at.getTime()] : []))
  if (Number(row.claimed) > 0) times.push(lease?.getTime() ?? now)
  if (sending) times.push(lease?.getTime() ?? sending.getTime() + DOUBT_MS)
  return times
}
