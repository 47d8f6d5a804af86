import type {ColumnType, Generated} from 'kysely'
import type {HookDeliveries, Hooks} from './hooks.ts'
import type {EventRow, JsonColumn, LogHead, NullableJson} from './control.ts'

type Stamp = ColumnType<Date, Date | undefined, Date>
type Tags = ColumnType<string[] | null, string[] | null | undefined, string[] | null>
type Json = Record<string, unknown>

/** One tenant's data: the specification's tables under their names, and what the design adds. */
export interface TenantSchema {
  whatsapp_configs: WhatsappConfigs
  contacts: Contacts
  contact_identities: {kind: string; scope: string; value: string; contact_id: string}
  contact_consents: {contact_id: string; purpose: string; granted: boolean; source: string; created_at: Date}
  conversations: Conversations
  messages: Messages
  message_statuses: {
    whatsapp_message_id: string
    status: string
    participant: string
    data: NullableJson<Json>
    created_at: Date
  }
  media: Media
  inbox: Inbox
  raw_webhooks: {id: string; body: string; created_at: Date}
  outbox: Outbox
  lanes: Lanes
  lane_days: {config_id: string; day: string; accepted: number}
  flows: Flows
  flow_releases: FlowReleases
  flow_canaries: FlowCanaries
  flow_drafts: FlowDrafts
  flow_sessions: FlowSessions
  flow_fires: {flow_id: string; due_at: Date | null; last_at: Date | null}
  jobs: Jobs
  secrets: {name: string; value: string; updated_by: string; updated_at: Date}
  audit_log: {
    id: string
    principal: string
    action: string
    resource_id: string | null
    before: NullableJson<unknown>
    after: NullableJson<unknown>
    origin: string | null
    created_at: Date
  }
  idempotency_keys: {key: string; fingerprint: string; status: number; response: string; created_at: Date}
  consumers: {name: string; seq: number}
  campaigns: Campaigns
  erp_connections: ErpConnections
  erp_tickets: ErpTickets
  erp_lookups: {contact_id: string; day: string; mark: string}
  erp_customers: {connection_id: string; customer_id: string; contact_id: string | null; synced_at: Date}
  erp_invoices: ErpInvoices
  hooks: Hooks
  hook_deliveries: HookDeliveries
  events: EventRow
  log_head: LogHead
}

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

export interface Flows {
  id: string
  tenant_id: string
  name: string
  description: string | null
  trigger_type: string
  trigger_value: string | null
  nodes: JsonColumn<unknown[]>
  edges: JsonColumn<unknown[]>
  is_active: Generated<boolean>
  /** Number of the live release; 0 for what was never published. */
  version: number
  created_by: string | null
  /** Stable key: deploys match on it. */
  flow_key: string
  release: string
  project: string | null
  created_at: Stamp
  updated_at: Stamp
}

/** What is written and not published yet. */
export interface FlowDrafts {
  flow_id: string
  /** Counts the times it was saved. */
  revision: number
  /** Release that was live when it was saved; 0 when there was none. */
  base_version: number
  definition: JsonColumn<Json>
  source: string
  warnings: JsonColumn<unknown[]>
  author: string
  created_at: Date
  updated_at: Date
}

export interface FlowReleases {
  flow_id: string
  version: number
  /** Content hash of the definition. */
  release: string
  definition: JsonColumn<Json>
  author: string
  commit_id: string | null
  note: string | null
  /** Where the run of CI that published it can be seen. */
  ci_url: string | null
  /** The file as it was applied; null for what came from no file. */
  source: string | null
  created_at: Date
}

/** A release that a share of new sessions takes; one row per flow, the last one. */
export interface FlowCanaries {
  flow_id: string
  version: number
  release: string
  /** 0 to 1. */
  share: number
  /** `running`, `promoted`, `aborted`. */
  state: string
  reason: string | null
  abort_when: string | null
  min_sessions: number
  /** Begun, ended in any way, and failed, since it runs. */
  sessions: number
  ended: number
  failed: number
  started_by: string
  started_at: Date
  ended_at: Date | null
}

export interface FlowSessions {
  id: string
  flow_id: string
  conversation_id: string
  current_node_id: string | null
  context: NullableJson<Json>
  status: Generated<string>
  contact_id: string
  config_id: string
  release: string
  /** When the current wait times out. */
  due_at: Date | null
  expires_at: Date
  started_at: Stamp
  completed_at: Date | null
}

export interface Jobs {
  id: string
  kind: string
  /** At most one unfinished job per key. */
  job_key: string | null
  payload: NullableJson<Json>
  /** `pending`, `running`, `done`, `failed`, `cancelled`. */
  state: string
  attempts: number
  max_attempts: number
  token: string | null
  lease_until_at: Date | null
  progress: NullableJson<Json>
  result: NullableJson<Json>
  error: string | null
  created_by: string
  due_at: Date
  created_at: Date
  updated_at: Date
}

export interface Campaigns {
  id: string
  tenant_id: string
  name: string
  type: string
  status: Generated<string>
  schedule: NullableJson<Json>
  targeting: NullableJson<Json>
  message: NullableJson<Json>
  limits: NullableJson<Json>
  metrics: NullableJson<Json>
  created_by: string | null
  created_at: Stamp
  updated_at: Stamp
}

export interface ErpConnections {
  id: string
  tenant_id: string
  erp_type: string
  name: string
  api_url: string
  /** Encrypted, like `api_secret` and `credentials`. */
  api_key: string | null
  api_secret: string | null
  sync_enabled: boolean
  /** Seconds. */
  sync_interval: number
  field_mapping: NullableJson<Record<string, string>>
  /** What the specification's two secrets do not hold, as JSON. */
  credentials: string | null
  settings: NullableJson<Record<string, string>>
  ca_certificate: string | null
  allow_private_network: boolean
  is_default: boolean
  sync_state: NullableJson<Json>
  created_at: Date
  updated_at: Date
}

export interface ErpTickets {
  /** Ours; it stands in the ticket's text. */
  reference: string
  connection_id: string
  customer_id: string
  /** `opening`, `opened`, `refused`. */
  state: string
  ticket_id: string | null
  protocol: string | null
  created_at: Date
  updated_at: Date
}

export interface ErpInvoices {
  connection_id: string
  invoice_id: string
  customer_id: string
  contact_id: string | null
  status: string
  amount_cents: number
  due_on: string | null
  /** When it was told to be overdue. */
  told_at: Date | null
  synced_at: Date
}
