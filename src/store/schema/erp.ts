import type {Json, NullableJson} from './column-types.ts'

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
