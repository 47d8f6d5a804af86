import {z} from 'zod'
import {chooseConnection} from '../erp/connections.ts'
import {type Customer, type ErpType, erpTypes} from '../erp/connector.ts'
import {ErpError, type ErpFailure} from '../erp/errors.ts'
import {customersBy, invoicesOf, type Looked, plansOf, slipOf, statusOf} from '../erp/lookups.ts'
import {wireOf} from '../erp/pool.ts'
import {openTicketOnce, referenceOf} from '../erp/tickets.ts'
import {CustomerAnswer, InvoicesAnswer, PlansAnswer, SlipAnswer, StatusAnswer, TicketAnswer} from './erp-answers.ts'
import {ref} from './fields.ts'
import {flag} from './list.ts'
import {operation, type TenantContext} from './operation.ts'

/** Which connection: by type the default one, or the one named. */
const target = {erp_type: z.enum(erpTypes), connection: ref.optional()}
const fresh = flag.default(false).describe('Ask the ERP even when a fresh answer is at hand.')
const id = z.string().min(1).max(64)

async function wireFor(context: TenantContext, {erp_type: type, connection}: {erp_type: ErpType; connection?: string}) {
  const row = await chooseConnection(context.tenant, {type, ref: connection})
  return wireOf(context, row, context.tenantRow.settings.timezone)
}

function answered<T>(looked: Looked<T> | ErpFailure): Looked<T> {
  if (looked.outcome === 'found') return looked
  throw new ErpError(looked)
}

const originOf = ({outcome, source, fetched_at, age_seconds, stale}: Looked<unknown>) => ({
  outcome,
  source: source as {connection: string; erp_type: ErpType},
  ...{fetched_at, age_seconds, stale},
})

export const findErpCustomer = operation({
  id: 'erp.customer',
  method: 'GET',
  path: '/erp/{erp_type}/customers/{document}',
  permission: 'erp:lookup',
  summary: 'Find a customer by CPF or CNPJ, the alphanumeric one too. Documents in the answer are masked.',
  input: z.strictObject({...target, document: z.string().max(32), fresh}),
  output: CustomerAnswer,
  status: 200,
  personal: true,
  async run(context, {document, fresh, ...where}) {
    const looked = answered(await customersBy(await wireFor(context, where), document, {fresh}))
    const customers = looked.data.map(shown)
    const [only] = customers
    const isOne = only !== undefined && customers.length === 1
    return {
      ...originOf(looked),
      outcome: isOne ? ('found' as const) : ('many' as const),
      customer: isOne ? only : null,
      customers,
    }
  },
})

/** Without what is for comparing only. */
function shown(customer: Customer): Omit<Customer, 'secret'> {
  const copy = {...customer}
  delete copy.secret
  return copy
}

export const listErpInvoices = operation({
  id: 'erp.invoices',
  method: 'GET',
  path: '/erp/{erp_type}/invoices/{customer_id}',
  permission: 'erp:lookup',
  summary: 'List invoices of a customer: open, overdue, paid or all, by due date.',
  input: z.strictObject({
    ...target,
    customer_id: id,
    status: z.enum(['open', 'overdue', 'paid', 'all']).default('open'),
    fresh,
  }),
  output: InvoicesAnswer,
  status: 200,
  personal: true,
  async run(context, {customer_id: customerId, status: wish, fresh, ...where}) {
    const looked = answered(await invoicesOf(await wireFor(context, where), {customerId, wish}, {fresh}))
    const total = looked.data.reduce((sum, {amount_cents: cents, updated_cents: more}) => sum + (more ?? cents), 0)
    return {...originOf(looked), invoices: looked.data, total_cents: total}
  },
})

export const duplicateErpInvoice = operation({
  id: 'erp.boleto',
  method: 'POST',
  path: '/erp/{erp_type}/invoice/{id}/duplicate',
  permission: 'erp:lookup',
  summary: 'Second copy of a boleto: typed line, bar code, PIX copy and paste, and the PDF when asked for.',
  audit: false,
  input: z.strictObject({...target, id, customer_id: id.optional(), pdf: z.boolean().default(false)}),
  output: SlipAnswer,
  status: 200,
  personal: true,
  async run(context, {id: invoiceId, customer_id: customerId, pdf, ...where}) {
    const looked = answered(await slipOf(await wireFor(context, where), {invoiceId, customerId, pdf}))
    return {...originOf(looked), ...looked.data}
  },
})

export const erpConnectionStatus = operation({
  id: 'erp.status',
  method: 'GET',
  path: '/erp/{erp_type}/connection-status/{customer_id}',
  permission: 'erp:lookup',
  summary: "State of a customer's connection: online, offline, or blocked and why.",
  input: z.strictObject({...target, customer_id: id}),
  output: StatusAnswer,
  status: 200,
  personal: true,
  async run(context, {customer_id: customerId, ...where}) {
    const looked = answered(await statusOf(await wireFor(context, where), customerId))
    return {...originOf(looked), ...looked.data}
  },
})

export const openErpTicket = operation({
  id: 'erp.ticket',
  method: 'POST',
  path: '/erp/{erp_type}/tickets',
  permission: 'erp:ticket',
  summary: 'Open a ticket. The same reference never opens a second one.',
  input: z.strictObject({
    ...target,
    customer_id: id,
    contract_id: id.optional(),
    title: z.string().min(1).max(200),
    description: z.string().min(1).max(5000),
    reference: z
      .string()
      .regex(/^[A-Za-z0-9-]{4,40}$/, 'must be 4 to 40 letters, digits and dashes')
      .optional(),
    contact_name: z.string().max(255).optional(),
    contact_phone: z.string().max(32).optional(),
  }),
  output: TicketAnswer,
  status: 201,
  async run(context, input) {
    const wire = await wireFor(context, input)
    const {customer_id: customerId, contract_id: contractId, title, description} = input
    const reference = input.reference ?? referenceOf(context.ids.next())
    context.note({resource: reference, after: {customer_id: customerId, title, connection: wire.connection.name}})
    const answer = await openTicketOnce(
      context,
      {db: context.tenant, wire},
      {
        ...{customerId, contractId, title, description, reference},
        ...{contactName: input.contact_name, contactPhone: input.contact_phone},
      },
    )
    if (answer.outcome !== 'found') throw new ErpError(answer)
    const {name: connection, type} = wire.connection
    const opened = answer.data.existing ? null : new Date(context.clock.now()).toISOString()
    return {...answer.data, source: {connection, erp_type: type}, opened_at: opened}
  },
})

export const listErpPlans = operation({
  id: 'erp.plans',
  method: 'GET',
  path: '/erp/{erp_type}/plans',
  permission: 'erp:lookup',
  summary: 'List the plans on offer.',
  input: z.strictObject({...target, fresh}),
  output: PlansAnswer,
  status: 200,
  async run(context, {fresh, ...where}) {
    const looked = answered(await plansOf(await wireFor(context, where), {fresh}))
    return {...originOf(looked), plans: looked.data}
  },
})

export const erpLookupOperations = {
  findErpCustomer,
  listErpInvoices,
  duplicateErpInvoice,
  erpConnectionStatus,
  openErpTicket,
  listErpPlans,
}
