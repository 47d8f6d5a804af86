import {z} from 'zod'
import type {ConfigRow} from '../channels/accounts.ts'
import type {TenantDb} from '../store/stores.ts'
import {laneViews} from '../delivery/lane-view.ts'
import {iso, isoOrNull, timeOrNull, timeOut} from './fields.ts'

/** A WhatsApp config as it is answered: secrets are null, `<field>_set` tells whether there is one. */
export const WhatsappConfig = z.object({
  id: z.uuid(),
  tenant_id: z.uuid(),
  name: z.string(),
  phone_number: z.string(),
  phone_number_id: z.string().nullable(),
  business_account_id: z.string().nullable(),
  access_token: z.null(),
  access_token_set: z.boolean(),
  webhook_verify_token: z.string().nullable(),
  api_type: z.enum(['official', 'evolution']),
  evolution_instance: z.string().nullable(),
  evolution_api_key: z.null(),
  evolution_api_key_set: z.boolean(),
  app_secret: z.null(),
  app_secret_set: z.boolean(),
  webhook_secret: z.null(),
  webhook_secret_set: z.boolean(),
  api_url: z.string().nullable(),
  is_active: z.boolean(),
  daily_limit: z.number().nullable(),
  rate_limit_per_minute: z.number().nullable(),
  mark_read: z.enum(['on_turn', 'never']),
  /** The sender of this number: `running`, `paused` by a person, `stopped` by the provider, why, and what waits. */
  lane: z.object({
    state: z.string(),
    reason: z.string().nullable(),
    queued: z.number(),
    unknown: z.number(),
    oldest_at: timeOrNull,
  }),
  created_at: timeOut,
  updated_at: timeOut,
})
export type WhatsappConfig = z.output<typeof WhatsappConfig>

export async function presentConfig(tenant: TenantDb, row: ConfigRow): Promise<WhatsappConfig> {
  const [config] = await presentConfigs(tenant, [row])
  return config as WhatsappConfig
}

export async function presentConfigs(tenant: TenantDb, rows: readonly ConfigRow[]): Promise<WhatsappConfig[]> {
  const laneOf = await laneViews(tenant)
  return rows.map((row) => {
    const {state, reason, queued, sending, unknown, oldest_at: oldest} = laneOf(row.id)
    return present(row, {state, reason, queued: queued + sending, unknown, oldest_at: isoOrNull(oldest)})
  })
}

function present(row: ConfigRow, lane: WhatsappConfig['lane']): WhatsappConfig {
  return {
    id: row.id,
    tenant_id: row.tenant_id,
    name: row.name,
    phone_number: row.phone_number,
    phone_number_id: row.phone_number_id,
    business_account_id: row.business_account_id,
    access_token: null,
    access_token_set: row.access_token !== null,
    webhook_verify_token: row.webhook_verify_token,
    api_type: row.api_type as WhatsappConfig['api_type'],
    evolution_instance: row.evolution_instance,
    evolution_api_key: null,
    evolution_api_key_set: row.evolution_api_key !== null,
    app_secret: null,
    app_secret_set: row.app_secret !== null,
    webhook_secret: null,
    webhook_secret_set: row.webhook_secret !== null,
    api_url: row.api_url,
    is_active: row.is_active,
    daily_limit: row.daily_limit,
    rate_limit_per_minute: row.rate_limit_per_minute,
    mark_read: row.mark_read as WhatsappConfig['mark_read'],
    lane,
    created_at: iso(row.created_at),
    updated_at: iso(row.updated_at),
  }
}
