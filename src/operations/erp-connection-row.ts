import {z} from 'zod'
import type {ConnectionRow} from '../erp/connections.ts'
import {type ErpType, erpTypes} from '../erp/connector.ts'
import {connectors} from '../erp/registry.ts'
import {iso, timeOut} from './fields.ts'

const texts = z.record(z.string(), z.string())

/** An ERP connection as it is answered: secrets are null, `<field>_set` tells whether there is one. */
export const ErpConnection = z.object({
  id: z.uuid(),
  tenant_id: z.uuid(),
  erp_type: z.enum(erpTypes),
  name: z.string(),
  api_url: z.string(),
  api_key: z.null(),
  api_key_set: z.boolean(),
  api_secret: z.null(),
  api_secret_set: z.boolean(),
  credentials: z.null(),
  credentials_set: z.boolean(),
  sync_enabled: z.boolean(),
  sync_interval: z.number(),
  field_mapping: texts,
  settings: texts,
  ca_certificate_set: z.boolean(),
  is_default: z.boolean(),
  /** What this ERP cannot do, and what else is worth knowing. */
  capabilities: z.object({unsupported: texts, notes: z.array(z.string())}),
  /** What the last sync did. */
  sync_state: z.record(z.string(), z.unknown()).nullable(),
  created_at: timeOut,
  updated_at: timeOut,
})
export type ErpConnection = z.output<typeof ErpConnection>

export function presentConnection(row: ConnectionRow): ErpConnection {
  const {capabilities} = connectors[row.erp_type as ErpType]
  return {
    id: row.id,
    tenant_id: row.tenant_id,
    erp_type: row.erp_type as ErpType,
    name: row.name,
    api_url: row.api_url,
    ...{api_key: null, api_key_set: row.api_key !== null},
    ...{api_secret: null, api_secret_set: row.api_secret !== null},
    ...{credentials: null, credentials_set: row.credentials !== null},
    sync_enabled: row.sync_enabled,
    sync_interval: row.sync_interval,
    field_mapping: row.field_mapping ?? {},
    settings: row.settings ?? {},
    ca_certificate_set: row.ca_certificate !== null,
    is_default: row.is_default,
    capabilities: {unsupported: {...capabilities.unsupported}, notes: [...capabilities.notes]},
    sync_state: row.sync_state ?? null,
    created_at: iso(row.created_at),
    updated_at: iso(row.updated_at),
  }
}
