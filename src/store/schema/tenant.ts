import type {Generated} from 'kysely'
import type {Json, NullableJson, Stamp} from './column-types.ts'
import type {EventRow, LogHead} from './control.ts'
import type {ErpConnections, ErpInvoices, ErpTickets} from './erp.ts'
import type {FlowCanaries, FlowDrafts, FlowReleases, Flows, FlowSessions} from './flows.ts'
import type {HookDeliveries, Hooks} from './hooks.ts'
import type {Contacts, Conversations, Inbox, Lanes, Media, Messages, Outbox, WhatsappConfigs} from './messaging.ts'

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
