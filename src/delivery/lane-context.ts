import type {Kysely} from 'kysely'
import type {Runtime} from '../runtime/runtime.ts'
import type {Tx} from '../store/database.ts'
import {prepared} from '../store/prepared.ts'
import {together} from '../store/together.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import type {TenantInfo} from '../tenants/tenant-cache.ts'
import type {Quota} from './choose.ts'
import {type Calendar, calendarOf} from './day.ts'
import type {SettleContext} from './results.ts'

type TenantTx = Tx<TenantSchema>

/** What one step of a lane has to know beyond its own memory. */
export interface LaneContext extends SettleContext {
  active: boolean
  /** Changes with every edit of the config. */
  version: number
  ratePerMinute: number | null
  dailyLimit: number | null
  /** Accepted today on this number, before this step. */
  today: number
  quota: Quota
}

export async function contextOf(
  tx: TenantTx,
  {random}: Pick<Runtime, 'random'>,
  configId: string,
  {tenant, now}: {tenant: TenantInfo; now: number},
): Promise<LaneContext> {
  const calendar = calendarOf(now, tenant.settings.timezone)
  const {day} = calendar
  const [{rows}, today, byMonth] = await together(
    configAt(tx, {configId}),
    acceptedOn(tx, configId, day),
    monthQuota(tx, tenant, calendar),
  )
  const [config] = rows
  const dailyLimit = config?.daily_limit ?? null
  const byDay: Quota = {
    left: (dailyLimit ?? Number.POSITIVE_INFINITY) - today,
    until: calendar.dayEnds,
    reason: 'daily_limit',
  }
  return {
    configId,
    scope: {configId, businessAccountId: config?.business_account_id ?? undefined},
    day,
    now,
    random,
    active: config !== undefined && config.is_active && config.removed_at === null,
    version: config?.updated_at.getTime() ?? 0,
    ratePerMinute: config?.rate_limit_per_minute ?? null,
    dailyLimit,
    today,
    quota: byMonth.left < byDay.left ? byMonth : byDay,
  }
}

const configAt = prepared((db: Kysely<TenantSchema>, {configId}: {configId: string}) =>
  db
    .selectFrom('whatsapp_configs')
    .select(['business_account_id', 'is_active', 'removed_at', 'rate_limit_per_minute', 'daily_limit', 'updated_at'])
    .where('id', '=', configId)
    .compile(),
)

const dayAt = prepared((db: Kysely<TenantSchema>, {configId, day}: {configId: string; day: string}) =>
  db.selectFrom('lane_days').select('accepted').where('config_id', '=', configId).where('day', '=', day).compile(),
)

async function acceptedOn(tx: TenantTx, configId: string, day: string): Promise<number> {
  const {rows} = await dayAt(tx, {configId, day})
  return rows[0]?.accepted ?? 0
}

/** What the plan leaves of this month, over all numbers of the tenant. */
async function monthQuota(tx: TenantTx, tenant: TenantInfo, {day, monthEnds}: Calendar): Promise<Quota> {
  const limit = tenant.limits.messages_per_month
  const quota = {until: monthEnds, reason: 'plan_limit' as const}
  if (limit === null) return {...quota, left: Number.POSITIVE_INFINITY}
  const row = await tx.db
    .selectFrom('lane_days')
    .select((e) => e.fn.sum('accepted').as('accepted'))
    .where('day', '>=', `${day.slice(0, 7)}-01`)
    .where('day', '<=', day)
    .executeTakeFirst()
  return {...quota, left: limit - Number(row?.accepted ?? 0)}
}

const MARKS = [80, 100]

/** People learn of the day's limit before it is reached, and when it is. */
export function tellDailyLimit(tx: TenantTx, {configId, dailyLimit, today, now}: LaneContext, accepted: number): void {
  if (dailyLimit === null || accepted === 0) return
  for (const percent of MARKS) {
    const mark = Math.ceil((dailyLimit * percent) / 100)
    if (today < mark && today + accepted >= mark) {
      tx.emit({
        type: 'daily_limit_reached',
        at: now,
        data: {config_id: configId, percent, accepted: today + accepted, daily_limit: dailyLimit},
      })
    }
  }
}
