import {dayOf} from '../delivery/day.ts'
import type {TenantDb} from '../store/stores.ts'

/** What `metrics_updated` carries. */
export interface TenantMetrics {
  /** Accepted by the providers in the tenant's calendar day. */
  messages_sent: number
  active_conversations: number
}

export function tenantMetrics(db: TenantDb, at: {now: number; timeZone: string}): Promise<TenantMetrics> {
  return db.read(async (q) => {
    const sent = await q
      .selectFrom('lane_days')
      .select((e) => e.fn.sum<number | string | null>('accepted').as('count'))
      .where('day', '=', dayOf(at.now, at.timeZone))
      .executeTakeFirst()
    const active = await q
      .selectFrom('conversations')
      .select((e) => e.fn.countAll<number | string>().as('count'))
      .where('status', '=', 'active')
      .executeTakeFirst()
    return {messages_sent: Number(sent?.count ?? 0), active_conversations: Number(active?.count ?? 0)}
  })
}
