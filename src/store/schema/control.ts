import type {ColumnType, Generated} from 'kysely'
import type {JsonColumn, NullableJson, Stamp} from './column-types.ts'

export type Plan = 'starter' | 'growth' | 'enterprise'

export interface TenantLimits {
  users: number | null
  messages_per_month: number | null
  whatsapp_numbers: number | null
  flows: number | null
  campaigns: number | null
}

export interface TenantSettings {
  timezone: string
  language: string
  currency: string
  [extra: string]: unknown
}

export interface TenantBilling {
  status: 'active' | 'suspended' | 'cancelled'
  next_payment: string | null
}

/** What is across tenants. */
export interface ControlSchema {
  meta: {key: string; value: string}
  tenants: {
    id: string
    name: string
    domain: string | null
    plan: Plan
    limits: JsonColumn<TenantLimits>
    settings: JsonColumn<TenantSettings>
    billing: JsonColumn<TenantBilling>
    /** Life of the row itself: `creating`, `active`, `removing`, `removed`. */
    state: string
    removed_at: Date | null
    created_at: Stamp
    updated_at: Stamp
  }
  users: {
    id: string
    tenant_id: string
    email: string
    password_hash: string
    name: string
    role: Generated<string>
    is_active: Generated<boolean>
    last_login: Date | null
    created_at: Stamp
    updated_at: Stamp
  }
  api_tokens: {
    id: string
    tenant_id: string | null
    name: string
    /** SHA-256 of the token, hex. The token itself is shown once. */
    hash: string
    scopes: ColumnType<string[], string[], string[]>
    platform: boolean
    expires_at: Date | null
    last_used_at: Date | null
    revoked_at: Date | null
    created_by: string | null
    created_at: Stamp
  }
  sessions: {
    id: string
    user_id: string
    origin: string | null
    created_at: Date
    refreshed_at: Date
    expires_at: Date
    revoked_at: Date | null
    revoked_why: string | null
  }
  /** One row per token of a session; each is good for one use. */
  refresh_tokens: {hash: string; session_id: string; expires_at: Date; used_at: Date | null}
  signing_keys: {
    kid: string
    public_jwk: string
    /** Encrypted PKCS #8. */
    private_key: string
    created_at: Date
  }
  one_time_tokens: {
    hash: string
    purpose: 'invitation' | 'reset' | 'sign_in'
    tenant_id: string
    user_id: string | null
    email: string
    role: string | null
    created_by: string
    created_at: Date
    expires_at: Date
    used_at: Date | null
  }
  /** `key` is a hash of whom somebody tried to be, and from where. */
  failed_logins: {key: string; failures: number; last_at: Date; locked_until_at: Date | null}
  channel_routes: {
    config_id: string
    tenant_id: string
    api_type: string
    /** phone_number_id, or the instance's name. */
    number: string | null
    business_account_id: string | null
    /** Encrypted JSON of what verifies a webhook. */
    secrets: string
    state: string
    verified_at: Date | null
    created_at: Stamp
    updated_at: Stamp
  }
  /** When a tenant has something to do at the earliest, ms; too early is harmless. `marks` rises with each hint. */
  due_hints: {tenant_id: string; at: number; marks: number}
  nodes: {
    id: string
    host: string
    pid: number
    roles: ColumnType<string[], string[], string[]>
    url: string | null
    started_at: Date
    seen_at: Date
  }
  dead_letters: {
    id: Generated<number>
    tenant_id: string | null
    reason: string
    body: string
    received_at: Date
    replayed_at: Date | null
  }
  audit_log: {
    id: string
    tenant_id: string | null
    principal: string
    action: string
    resource_id: string | null
    before: NullableJson<unknown>
    after: NullableJson<unknown>
    origin: string | null
    created_at: Date
  }
  idempotency_keys: {key: string; fingerprint: string; status: number; response: string; created_at: Date}
  events: EventRow
  log_head: LogHead
}

export interface EventRow {
  seq: number
  type: string
  data: JsonColumn<Record<string, unknown>>
  created_at: Date
}

/** The one row that gives out cursors; it is updated last in every transaction that appends. */
export interface LogHead {
  id: number
  log_id: string
  seq: number
}
