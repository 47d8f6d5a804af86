import {formatLine} from '../base/boleto.ts'
import {formatCents} from '../base/money.ts'
import type {ErpCustomer, ErpInvoice, ErpPlan, SlipAnswer} from '../operations/erp-answers.ts'
import type {ErpConnection} from '../operations/erp-connection-row.ts'
import type {Cell, Columns} from './output.ts'

export const connectionColumns: Columns<ErpConnection> = {
  name: ({name}) => name,
  erp_type: ({erp_type: type}) => type,
  api_url: ({api_url: url}) => url,
  default: ({is_default: isDefault}) => (isDefault ? 'yes' : ''),
  sync: ({sync_enabled: on, sync_interval: seconds}) => (on ? `every ${seconds} s` : 'off'),
}

const isSet = (set: boolean): string => (set ? 'set' : 'not set')
const listed = (texts: Readonly<Record<string, string>>): string | undefined =>
  Object.entries(texts)
    .map(([name, value]) => `${name}=${value}`)
    .join(', ') || undefined

export const connectionFields = (one: ErpConnection): Record<string, Cell> => ({
  id: one.id,
  name: one.name,
  erp_type: one.erp_type,
  api_url: one.api_url,
  api_key: isSet(one.api_key_set),
  api_secret: one.api_secret_set ? 'set' : undefined,
  credentials: one.credentials_set ? 'set' : undefined,
  ca_certificate: one.ca_certificate_set ? 'set' : undefined,
  default: one.is_default ? 'yes' : 'no',
  sync: one.sync_enabled ? `every ${one.sync_interval} s` : 'off',
  settings: listed(one.settings),
  field_mapping: listed(one.field_mapping),
  unsupported: Object.keys(one.capabilities.unsupported).join(', ') || undefined,
  ...syncFields(one.sync_state),
  created_at: one.created_at,
  updated_at: one.updated_at,
})

function syncFields(state: ErpConnection['sync_state']): Record<string, Cell> {
  const cell = (name: string): Cell => {
    const value = state?.[name]
    return typeof value === 'string' || typeof value === 'number' ? value : undefined
  }
  return {last_sync: cell('finished_at'), last_sync_customers: cell('customers'), last_sync_error: cell('error')}
}

export const customerColumns: Columns<ErpCustomer> = {
  customer_id: (one) => one.customer_id,
  name: (one) => one.name,
  document: (one) => one.document,
  contracts: (one) => one.contracts.map(({plan, state}) => `${plan ?? '?'} (${state})`).join(', '),
}

export const customerFields = (one: ErpCustomer): Record<string, Cell> => ({
  customer_id: one.customer_id,
  name: one.name,
  document: one.document,
  kind: one.kind,
  active: one.active,
  phones: one.phones.join(', '),
  email: one.email,
  ...Object.fromEntries(
    one.contracts.map(({contract_id: id, plan, state, state_text: words}) => [
      `contract ${id}`,
      `${plan ?? '?'} · ${state} (${words})`,
    ]),
  ),
  ...one.fields,
  notice: one.notice ?? undefined,
})

const money = (cents: number | null): string => (cents === null ? '' : formatCents(cents))

export const invoiceColumns: Columns<ErpInvoice> = {
  invoice_id: (one) => one.invoice_id,
  due_on: (one) => one.due_on,
  status: (one) => one.status,
  amount: (one) => money(one.amount_cents),
  today: (one) => money(one.updated_cents),
  paid_on: (one) => one.paid_on,
  description: (one) => one.description,
}

export const slipFields = (slip: SlipAnswer): Record<string, Cell> => ({
  invoice_id: slip.invoice_id,
  amount: money(slip.amount_cents),
  due_on: slip.due_on,
  digitable_line: slip.digitable_line === null ? null : formatLine(slip.digitable_line),
  barcode: slip.barcode,
  pix: slip.pix,
  url: slip.url,
})

export const planColumns: Columns<ErpPlan> = {
  plan_id: (one) => one.plan_id,
  name: (one) => one.name,
  price: (one) => money(one.price_cents),
  download: (one) => (one.download_mbps === null ? '' : `${one.download_mbps} Mbit/s`),
}

/** `from ixc, 40 s old`. */
export const ageOf = (answer: {source: {connection: string}; age_seconds: number}): string =>
  `from ${answer.source.connection}${answer.age_seconds > 0 ? `, ${answer.age_seconds} s old` : ''}`
