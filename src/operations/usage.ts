import type {Kysely} from 'kysely'
import {PytakeError} from '../base/errors.ts'
import type {Database, Tx} from '../store/database.ts'
import type {ControlSchema, TenantLimits} from '../store/schema/control.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import type {ControlDb, TenantDb} from '../store/stores.ts'
import {limitNames} from '../tenants/plans.ts'
import type {TenantRow} from '../tenants/tenants.ts'

export type Usage = Record<keyof TenantLimits, number>

type Reader = Parameters<Parameters<Database<TenantSchema>['read']>[0]>[0]
type Total = {total: number | string | bigint | null} | undefined

const numberOf = (row: Total): number => Number(row?.total ?? 0)

const counters = {
  whatsapp_numbers: (db: Reader) =>
    db
      .selectFrom('whatsapp_configs')
      .select((e) => e.fn.countAll().as('total'))
      .where('removed_at', 'is', null)
      .executeTakeFirst(),
  flows: (db: Reader) =>
    db
      .selectFrom('flows')
      .select((e) => e.fn.countAll().as('total'))
      .where('is_active', '=', true)
      .executeTakeFirst(),
  campaigns: (db: Reader) =>
    db
      .selectFrom('campaigns')
      .select((e) => e.fn.countAll().as('total'))
      .executeTakeFirst(),
}

/** What a tenant uses of each limit of its plan; messages are those accepted in the tenant's calendar month. */
export async function usageOf(control: ControlDb, tenant: TenantDb, row: TenantRow, now: number): Promise<Usage> {
  const month = monthOf(now, row.settings.timezone)
  const users = await control.read((db) => activeUsers(db, row.id))
  return tenant.read(async (db) => {
    const sent = await db
      .selectFrom('lane_days')
      .select((e) => e.fn.sum('accepted').as('total'))
      .where('day', 'like', `${month}-%`)
      .executeTakeFirst()
    return {
      users: numberOf(users),
      messages_per_month: numberOf(sent),
      whatsapp_numbers: numberOf(await counters.whatsapp_numbers(db)),
      flows: numberOf(await counters.flows(db)),
      campaigns: numberOf(await counters.campaigns(db)),
    }
  })
}

/** `2026-11` where the tenant lives. */
const monthOf = (now: number, timeZone: string): string =>
  new Intl.DateTimeFormat('en-CA', {timeZone, year: 'numeric', month: '2-digit'}).format(now)

/**
 * Called in the transaction that added one: throws `PLAN_LIMIT` when that was one too many, and nothing is committed.
 */
export async function refuseBeyondPlan(tx: Tx<TenantSchema>, row: TenantRow, limit: keyof TenantLimits): Promise<void> {
  const most = row.limits[limit]
  if (most === null || !Object.hasOwn(counters, limit)) return
  if (tx.engine === 'postgres') await lockLimits(tx)
  const used = numberOf(await counters[limit as keyof typeof counters](tx.db))
  if (used <= most) return
  throw planLimit(row, limit, used - 1)
}

/** Names the limit and what is in use. */
function planLimit(row: TenantRow, limit: keyof TenantLimits, used: number): PytakeError {
  const most = row.limits[limit]
  const what = most === 1 ? limitWords[limit].replace(/s$/, '') : limitWords[limit]
  return new PytakeError(
    'PLAN_LIMIT',
    `The plan ${row.plan} allows ${most} ${what}; ${used} ${used === 1 ? 'is' : 'are'} in use.`,
    {
      details: [{field: limit, message: `${most} allowed, ${used} in use`, limit: most, used}],
      help: moreOf(row, limit),
    },
  )
}

const limitWords: Readonly<Record<keyof TenantLimits, string>> = {
  users: 'users',
  messages_per_month: 'messages a month',
  whatsapp_numbers: 'WhatsApp numbers',
  flows: 'flows',
  campaigns: 'campaigns',
}

/** What helps whoever meets a limit: only the platform's operator may change one. */
export const moreOf = ({id}: TenantRow, limit: keyof TenantLimits): string =>
  `Whoever runs this server can allow more: pytake tenant edit ${id} --limit ${limit}=N`

/** The same for users, whose rows are in control. Those who are disabled take no place. */
export async function refuseUserBeyondPlan(tx: Tx<ControlSchema>, tenantId: string): Promise<void> {
  const query = tx.db.selectFrom('tenants').selectAll().where('id', '=', tenantId)
  const row = await (tx.engine === 'postgres' ? query.forUpdate() : query).executeTakeFirst()
  const most = row?.limits.users ?? null
  if (!row || most === null) return
  const used = numberOf(await activeUsers(tx.db, tenantId))
  if (used > most) throw planLimit(row, 'users', used - 1)
}

const activeUsers = (db: Kysely<ControlSchema>, tenantId: string) =>
  db
    .selectFrom('users')
    .select((e) => e.fn.countAll().as('total'))
    .where('tenant_id', '=', tenantId)
    .where('is_active', '=', true)
    .executeTakeFirst()

/** Two that add at once must each see the other's row; SQLite has one writer anyway. */
async function lockLimits(tx: Tx<TenantSchema>): Promise<void> {
  await tx.db.selectFrom('log_head').select('id').forUpdate().execute()
}

/** The limits that are exceeded already, each as a line for people. */
export function exceeded(usage: Usage, limits: TenantLimits): string[] {
  return limitNames.flatMap((name) => {
    const most = limits[name]
    return most !== null && usage[name] > most ? [`${name}: ${usage[name]} in use, ${most} allowed`] : []
  })
}
