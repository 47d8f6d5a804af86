import type {Generated} from 'kysely'
import type {Json, NullableJson, Stamp, Tags} from './column-types.ts'

export interface WhatsappConfigs {
  id: string
  tenant_id: string
  name: string
  phone_number: string
  phone_number_id: string | null
  business_account_id: string | null
  /** Encrypted, like every secret below. */
  access_token: string | null
  webhook_verify_token: string | null
  api_type: string
  evolution_instance: string | null
  evolution_api_key: string | null
  is_active: Generated<boolean>
  daily_limit: number | null
  rate_limit_per_minute: number | null
  app_secret: string | null
  app_secret_previous: string | null
  webhook_secret: string | null
  api_url: string | null
  allow_private_network: boolean
  mark_read: string
  metadata: NullableJson<Json>
  removed_at: Date | null
  created_at: Stamp
  updated_at: Stamp
}

export interface Contacts {
  id: string
  tenant_id: string
  phone: string | null
  name: string | null
  email: string | null
  tags: Tags
  attributes: NullableJson<Json>
  opted_in: Generated<boolean>
  created_at: Stamp
  updated_at: Stamp
}

export interface Conversations {
  id: string
  tenant_id: string
  whatsapp_config_id: string
  contact_id: string
  contact_phone: string | null
  contact_name: string | null
  status: Generated<string>
  assigned_to: string | null
  /** Who answers: `bot`, `human` or `phone`. */
  holder: string
  /** When a hold by `phone` ends, or a transfer times out. */
  held_until_at: Date | null
  /** Where answers go, as `kind:value` (with `@scope` where the identity has one). */
  reply_to: string
  /** Provider's time of the customer's last message: the 24-hour window counts from it. */
  last_inbound_at: Date | null
  tags: Tags
  metadata: NullableJson<Json>
  last_message_at: Date | null
  created_at: Stamp
  updated_at: Stamp
}

export interface Messages {
  id: string
  conversation_id: string
  direction: string
  type: string
  content: string | null
  media_url: string | null
  status: string | null
  whatsapp_message_id: string | null
  error_message: string | null
  next_step: string | null
  metadata: NullableJson<Json>
  whatsapp_config_id: string
  contact_id: string
  /** Time of the last change of status; for an inbound message the provider's time. */
  status_at: Date | null
  created_at: Stamp
}

export interface Media {
  sha256: string
  mime_type: string
  size: number
  filename: string | null
  created_at: Date
}

export interface Inbox {
  id: Generated<number>
  /** Config and best sender identity: rows of one key are handled in order. */
  key: string
  config_id: string
  kind: string
  dedupe_key: string
  /** The event as JSON text; not parsed by the store. */
  body: string
  raw_id: string | null
  /** `pending`, `done`, `failed` (a dead letter that can be replayed), `ignored`, `stale`. */
  state: string
  attempts: number
  error: string | null
  due_at: Date | null
  received_at: Date
}

export interface Outbox {
  /** The message's id. UUIDv7, so order of ids is order of sending. */
  id: string
  config_id: string
  conversation_id: string
  contact_id: string
  /** The pair-rate key, `kind:value`. */
  recipient: string
  /** `queued`, `claimed`, `sending`, `unknown`. Final rows leave the table. */
  state: string
  /** 0 for replies, 1 for campaigns. */
  priority: number
  purpose: string
  attempts: number
  attempt_id: string | null
  epoch: number | null
  reason: string | null
  due_at: Date
  /** Queued longer than this: `expired`. */
  expires_at: Date
  sending_at: Date | null
  created_at: Date
}

export interface Lanes {
  config_id: string
  holder: string | null
  epoch: number
  lease_until_at: Date | null
  /** `running`, `paused` (a person did), `stopped` (the provider refuses the account). */
  state: string
  reason: string | null
  /** Token bucket of the config's rate. */
  tokens: number | null
  tokens_at: Date | null
  slow_until_at: Date | null
  slow_factor: number | null
  updated_at: Date
}
