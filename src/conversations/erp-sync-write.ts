import {contactByPhone, findOrAddContact} from '../contacts/find.ts'
import type {ConnectionRow} from '../erp/connections.ts'
import type {Customer, Invoice} from '../erp/connector.ts'
import type {Runtime} from '../runtime/runtime.ts'
import {toJson} from '../store/columns.ts'
import type {TenantTx} from './load.ts'

type Deps = Pick<Runtime, 'ids' | 'clock'>

/** One customer with what is open. */
export interface Synced {
  customer: Customer
  /** Undefined when the ERP did not tell: then what was known of them stays. */
  invoices?: Invoice[]
}

export interface Report {
  customers: number
  contacts_added: number
  contacts_changed: number
  /** Customers without a telephone number. */
  without_phone: number
  /** Customers whose number belongs to another customer already. */
  conflicts: number
  invoices: number
  /** Invoices told to be overdue for the first time. */
  overdue: number
  /** Customers whose invoices could not be read. */
  failed: number
}

export const emptyReport = (): Report => ({
  ...{customers: 0, contacts_added: 0, contacts_changed: 0, without_phone: 0},
  ...{conflicts: 0, invoices: 0, overdue: 0, failed: 0},
})

/**
 * Writes customers into contacts. The rules of conflict: what a person said of themselves (name, e-mail, own
 * attributes) is never overwritten, attributes that begin with `erp_` are the sync's; a number that two customers have
 * stays with the one who had it first.
 */
export async function writeSynced(
  deps: Deps,
  tx: TenantTx,
  row: ConnectionRow,
  synced: readonly Synced[],
): Promise<Report> {
  const report = emptyReport()
  for (const one of synced) {
    report.customers++
    if (one.invoices === undefined) report.failed++
    const contact = await contactFor(deps, tx, row, one.customer)
    if (contact === undefined) report.without_phone++
    else if (contact === 'taken') report.conflicts++
    else {
      if (contact.added) report.contacts_added++
      if (await fillIn(deps, tx, row, {...one, contact})) report.contacts_changed++
    }
    const person = typeof contact === 'object' ? contact : undefined
    if (one.invoices === undefined) continue
    const debts = {customerId: one.customer.customer_id, invoices: one.invoices, contact: person}
    report.invoices += one.invoices.length
    report.overdue += await writeInvoices(deps, tx, row, debts)
  }
  return report
}

export interface Person {
  id: string
  phone: string | null
  name: string | null
  added: boolean
}

/** The contact of a customer's number, made when there is none; `taken` when another customer has it. */
async function contactFor(
  {ids, clock}: Deps,
  tx: TenantTx,
  row: ConnectionRow,
  {customer_id: customerId, phones}: Customer,
): Promise<Person | 'taken' | undefined> {
  const [phone] = phones
  if (phone === undefined) return undefined
  const known = await contactByPhone(tx, phone)
  const found = await findOrAddContact(tx, {phone, tenantId: row.tenant_id, ids, now: clock.now()})
  const holder = await tx.db
    .selectFrom('erp_customers')
    .select('customer_id')
    .where('connection_id', '=', row.id)
    .where('contact_id', '=', found.id)
    .executeTakeFirst()
  if (holder && holder.customer_id !== customerId) return 'taken'
  const link = {connection_id: row.id, customer_id: customerId, contact_id: found.id, synced_at: new Date(clock.now())}
  const [isNew] = await tx.insertNew('erp_customers', ['connection_id', 'customer_id'], [link])
  if (!isNew) await tx.update('erp_customers', ['connection_id', 'customer_id'], [link])
  return {...found, added: known === undefined}
}

/** True when something of the contact was changed. */
function fillIn(
  deps: Deps,
  tx: TenantTx,
  row: ConnectionRow,
  {customer, invoices, contact}: Synced & {contact: Person},
): Promise<boolean> {
  const set = {...attributesOf(row, customer), ...(invoices === undefined ? {} : debtsOf(invoices))}
  return changeContact(deps, tx, contact.id, {set, name: customer.name.slice(0, 255), email: customer.email})
}

interface Change {
  set: Record<string, unknown>
  name?: string
  email?: string | null
}

async function changeContact({clock}: Deps, tx: TenantTx, id: string, {set, ...more}: Change): Promise<boolean> {
  const query = tx.db.selectFrom('contacts').select(['name', 'email', 'attributes']).where('id', '=', id)
  const held = await (tx.engine === 'postgres' ? query.forUpdate() : query).executeTakeFirst()
  if (!held) return false
  const old = held.attributes ?? {}
  const attributes = {...old, ...set}
  const name = held.name ?? (more.name || null)
  const email = held.email ?? more.email?.slice(0, 255) ?? null
  const isSame = name === held.name && email === held.email && JSON.stringify(attributes) === JSON.stringify(old)
  if (isSame) return false
  const change = {id, name, email, attributes: toJson(attributes), updated_at: new Date(clock.now())}
  await tx.update('contacts', ['id'], [change])
  return true
}

function attributesOf(row: ConnectionRow, {customer_id: id, active, contracts, fields}: Customer) {
  const living = contracts.filter(({state}) => state !== 'cancelled')
  return {
    erp_connection: row.name,
    erp_customer_id: id,
    erp_active: active,
    erp_plan: living.map(({plan}) => plan).find((plan) => plan !== null) ?? null,
    erp_status: living[0]?.state ?? (contracts.length > 0 ? 'cancelled' : null),
    ...Object.fromEntries(Object.entries(fields).map(([name, value]) => [`erp_${name}`, value])),
  }
}

function debtsOf(invoices: readonly Invoice[]) {
  const overdue = invoices.filter(({status}) => status === 'overdue')
  const sum = (all: readonly Invoice[]) => all.reduce((total, {amount_cents: cents}) => total + cents, 0)
  return {
    erp_open_cents: sum(invoices),
    erp_overdue_cents: sum(overdue),
    erp_overdue_count: overdue.length,
    erp_next_due_on: invoices.find(({status}) => status === 'open')?.due_on ?? null,
  }
}

export interface Debts {
  customerId: string
  invoices: readonly Invoice[]
  contact: Omit<Person, 'added'> | undefined
}

/** The debts of a customer whose other data did not change. */
export async function writeDebts(deps: Deps, tx: TenantTx, row: ConnectionRow, debts: Debts): Promise<Report> {
  const {contact, invoices} = debts
  const isChanged = contact !== undefined && (await changeContact(deps, tx, contact.id, {set: debtsOf(invoices)}))
  const overdue = await writeInvoices(deps, tx, row, debts)
  return {...emptyReport(), contacts_changed: isChanged ? 1 : 0, invoices: invoices.length, overdue}
}

/** Keeps what is open and tells each overdue invoice once. Returns how many were told now. */
async function writeInvoices(
  {clock}: Deps,
  tx: TenantTx,
  row: ConnectionRow,
  {customerId, invoices, contact}: Debts,
): Promise<number> {
  const now = clock.now()
  const known = await tx.db
    .selectFrom('erp_invoices')
    .select(['invoice_id', 'told_at'])
    .where('connection_id', '=', row.id)
    .where('customer_id', '=', customerId)
    .execute()
  const toldAt = new Map(known.map((one) => [one.invoice_id, one.told_at]))
  const open = new Set(invoices.map(({invoice_id: id}) => id))
  const gone = known.filter(({invoice_id: id}) => !open.has(id)).map(({invoice_id: id}) => id)
  // What is open no more was paid or cancelled; if it ever comes back it is told again.
  if (gone.length > 0)
    await tx.db.deleteFrom('erp_invoices').where('connection_id', '=', row.id).where('invoice_id', 'in', gone).execute()
  const fresh = invoices.filter((one) => one.status === 'overdue' && !toldAt.get(one.invoice_id))
  const rows = invoices.map((one) => ({
    ...{connection_id: row.id, invoice_id: one.invoice_id, customer_id: customerId},
    ...{contact_id: contact?.id ?? null, status: one.status, amount_cents: one.amount_cents, due_on: one.due_on},
    told_at: fresh.includes(one) ? new Date(now) : (toldAt.get(one.invoice_id) ?? null),
    synced_at: new Date(now),
  }))
  const isNew = await tx.insertNew('erp_invoices', ['connection_id', 'invoice_id'], rows)
  const old = rows.filter((_, index) => !isNew[index])
  if (old.length > 0) await tx.update('erp_invoices', ['connection_id', 'invoice_id'], old)
  for (const one of fresh) tx.emit({type: 'invoice_overdue', at: now, data: eventData(row, one, contact)})
  return fresh.length
}

const eventData = (row: ConnectionRow, one: Invoice, contact: Debts['contact']) => ({
  ...{contact_id: contact?.id ?? null, contact_name: contact?.name ?? null, contact_phone: contact?.phone ?? null},
  ...{connection: row.name, erp_type: row.erp_type, customer_id: one.customer_id, invoice_id: one.invoice_id},
  ...{amount_cents: one.amount_cents, currency: one.currency, due_on: one.due_on},
})
