import {digestOf} from '../base/digest.ts'
import {parseCnpj, parseCpf} from '../base/documents.ts'
import {PytakeError} from '../base/errors.ts'
import type {Json} from '../base/json.ts'
import {matchKey} from '../base/phone.ts'
import {chooseConnection, type ConnectionRow} from '../erp/connections.ts'
import type {Customer, InvoiceWish} from '../erp/connector.ts'
import {type ErpFailure, failure} from '../erp/errors.ts'
import {customersBy, invoicesOf, type Looked, plansOf, slipOf, statusOf} from '../erp/lookups.ts'
import {wireOf} from '../erp/pool.ts'
import {isLinked, linkCustomer, noteBirthDate, noteLookup} from '../erp/traces.ts'
import {openTicketOnce, referenceOf} from '../erp/tickets.ts'
import type {Wire} from '../erp/wire.ts'
import type {CallRequest, CallResult} from '../flow/session.ts'
import type {Runtime} from '../runtime/runtime.ts'
import type {TenantDb} from '../store/stores.ts'
import {defaultSettings, tenantById} from '../tenants/tenants.ts'

type Deps = Pick<Runtime, 'stores' | 'http' | 'clock' | 'random' | 'log'>

/** What a flow keeps of a long list: its variables have a limit. */
const MOST_INVOICES = 20
const MOST_PLANS = 50

interface Call {
  wire: Wire
  db: TenantDb
  row: ConnectionRow
  contact: Contact
  input: Record<string, string>
  options: {timeoutMs: number; staleMs: number; signal: AbortSignal}
  idempotencyKey: string
}

interface Contact {
  id: string
  name: string | null
  phone: string | null
}

/** Makes the look-up of an `erp` node. Never throws for what an ERP or a flow may get wrong. */
export async function callErp(
  deps: Deps,
  db: TenantDb,
  {request, conversationId}: {request: CallRequest; conversationId: string},
  signal: AbortSignal,
): Promise<CallResult> {
  const {connection, operation, input, stale_ms: staleMs} = request.data as unknown as Data
  try {
    const row = await chooseConnection(db, connection === null ? {} : {ref: connection})
    const tenant = await tenantById(deps.stores.control, db.name)
    const wire = wireOf(deps, row, (tenant?.settings ?? defaultSettings).timezone)
    const contact = await contactOf(db, conversationId)
    const {timeoutMs, idempotencyKey} = request
    const call: Call = {
      wire,
      db,
      row,
      contact,
      input: textsOf(input),
      options: {timeoutMs, staleMs, signal},
      idempotencyKey,
    }
    return await operations[operation](deps, call)
  } catch (error) {
    // A connection that is not there, or several: for the flow it is an error like any other.
    if (!(error instanceof PytakeError) || error.code === 'UNAVAILABLE') throw error
    return {outcome: 'error', error: error.message, data: {code: 'connection', message: error.message}}
  }
}

interface Data {
  connection: string | null
  operation: keyof typeof operations
  input: Record<string, Json>
  stale_ms: number
}

const textsOf = (input: Record<string, Json>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(input).flatMap(([name, value]) =>
      typeof value === 'string' || typeof value === 'number' ? [[name, String(value).trim()]] : [],
    ),
  )

type Perform = (deps: Deps, call: Call) => Promise<CallResult>

const operations = {
  customer,
  async invoices(_deps, call) {
    const {customer: customerId = '', status = 'open'} = call.input
    const wish: InvoiceWish = status === 'overdue' || status === 'paid' || status === 'all' ? status : 'open'
    const looked = await invoicesOf(call.wire, {customerId, wish}, call.options)
    if (looked.outcome !== 'found') return failed(looked)
    const owed = looked.data.map(({amount_cents: cents, updated_cents: more}) => more ?? cents)
    return found(looked, {
      invoices: looked.data.slice(0, MOST_INVOICES),
      count: looked.data.length,
      overdue_count: looked.data.filter((one) => one.status === 'overdue').length,
      total_cents: owed.reduce((sum, cents) => sum + cents, 0),
      verified: await verifiedFor(call, customerId),
    })
  },
  async boleto(_deps, call) {
    const {invoice: invoiceId = '', customer: customerId} = call.input
    const looked = await slipOf(call.wire, {invoiceId, customerId}, call.options)
    if (looked.outcome !== 'found') return failed(looked)
    return found(looked, {...looked.data, pdf_base64: null, verified: await verifiedFor(call, customerId)})
  },
  async status(_deps, call) {
    const {customer: customerId = ''} = call.input
    const looked = await statusOf(call.wire, customerId, call.options)
    if (looked.outcome !== 'found') return failed(looked)
    const result = found(looked, {...looked.data, verified: await verifiedFor(call, customerId)})
    return looked.data.blocked ? {...result, outcome: 'blocked'} : result
  },
  ticket,
  async plans(_deps, call) {
    const looked = await plansOf(call.wire, call.options)
    return looked.outcome === 'found' ? found(looked, {plans: looked.data.slice(0, MOST_PLANS)}) : failed(looked)
  },
} satisfies Record<string, Perform>

/** A customer is verified when the sender's phone is theirs in the ERP, or the birth date that was asked for fits. */
async function customer(deps: Deps, call: Call): Promise<CallResult> {
  const {document: text = '', birth_date: birthDate} = call.input
  const document = parseCpf(text) ?? parseCnpj(text)
  if (document !== undefined && !(await noteLookup(deps, call.db, call.contact.id, document))) return failed(tooMany)
  const looked = await customersBy(call.wire, text, call.options)
  if (looked.outcome !== 'found') return failed(looked)
  // Whoever goes through the calendar finds the right day: beyond a few, no date counts, not the right one either.
  const counts = birthDate !== undefined && (await noteBirthDate(deps, call.db, call.contact.id, birthDate))
  const given = counts ? birthDate : undefined
  const shown = looked.data.map((one) => ({...forFlow(one), verified: isVerified(one, call.contact, given)}))
  const [first, second] = shown
  if (first === undefined || second !== undefined) return {...found(looked, {customers: shown}), outcome: 'many'}
  if (first.verified)
    await linkCustomer(deps, call.db, {
      connectionId: call.row.id,
      customerId: first.customer_id,
      contactId: call.contact.id,
    })
  return found(looked, first)
}

/** Without telephone numbers and addresses of mail: a flow has no use for them, and its variables are stored. */
function forFlow({customer_id, code, name, document, kind, active, contracts, notice, fields}: Customer) {
  return {...{customer_id, code, name, document, kind, active, contracts, notice, fields}}
}

function isVerified({phones, secret}: Customer, {phone}: Contact, birthDate: string | undefined): boolean {
  const key = phone === null ? undefined : matchKey(phone.replace(/\D/g, ''))
  if (key !== undefined && phones.some((one) => matchKey(one.replace(/\D/g, '')) === key)) return true
  return birthDate !== undefined && secret?.birthDate != null && secret.birthDate === birthDate
}

async function verifiedFor({db, row, contact}: Call, customerId: string | undefined): Promise<boolean> {
  return customerId !== undefined && isLinked(db, {connectionId: row.id, customerId, contactId: contact.id})
}

async function ticket(deps: Deps, call: Call): Promise<CallResult> {
  const {customer: customerId = '', contract, title = '', text = ''} = call.input
  const reference = referenceOf(call.idempotencyKey)
  const {timeoutMs, signal} = call.options
  const answer = await openTicketOnce(
    deps,
    {db: call.db, wire: call.wire},
    {
      ...{customerId, contractId: contract, title: title.slice(0, 200), description: text.slice(0, 5000), reference},
      ...{contactName: call.contact.name ?? undefined, contactPhone: call.contact.phone ?? undefined},
    },
    {timeoutMs, signal},
  )
  if (answer.outcome === 'found') return {outcome: 'found', data: answer.data}
  const {data, ...result} = failed(answer)
  return {...result, data: {...(data as Record<string, Json>), reference}}
}

const tooMany = failure(
  'error',
  'limit',
  'This contact has asked for too many different documents today.',
  'It may go on tomorrow; a person can look the customer up: pytake erp customer DOCUMENT',
)

function found<T>({source, fetched_at, age_seconds, stale}: Looked<T>, data: Record<string, Json>): CallResult {
  return {outcome: 'found', data: {...data, source: source.connection, fetched_at, age_seconds, stale}}
}

const failed = ({outcome, code, message}: ErpFailure): CallResult => ({outcome, error: message, data: {code, message}})

async function contactOf(db: TenantDb, conversationId: string): Promise<Contact> {
  const row = await db.read((q) =>
    q
      .selectFrom('conversations')
      .innerJoin('contacts', 'contacts.id', 'conversations.contact_id')
      .select(['contacts.id', 'contacts.name', 'contacts.phone'])
      .where('conversations.id', '=', conversationId)
      .executeTakeFirst(),
  )
  return row ?? {id: digestOf(conversationId), name: null, phone: null}
}
