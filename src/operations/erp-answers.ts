import {z} from 'zod'
import {erpTypes} from '../erp/connector.ts'
import {timeOut, timeOrNull} from './fields.ts'

const textOrNull = z.string().nullable()
const cents = z.number().int()
const money = {currency: z.literal('BRL')}
const day = z.iso.date().nullable()

/** Where an answer came from and how old it is. */
const origin = {
  outcome: z.enum(['found', 'many']),
  source: z.object({connection: z.string(), erp_type: z.enum(erpTypes)}),
  fetched_at: timeOut,
  age_seconds: z.number(),
  stale: z.boolean(),
}

export const ErpCustomer = z.object({
  customer_id: z.string(),
  code: z.string(),
  name: z.string(),
  /** Masked. */
  document: z.string(),
  kind: z.enum(['person', 'company']),
  email: textOrNull,
  phones: z.array(z.string()),
  active: z.boolean(),
  contracts: z.array(
    z.object({
      ...{contract_id: z.string(), plan: textOrNull, state_text: z.string()},
      state: z.enum(['active', 'blocked', 'reduced', 'pending', 'cancelled', 'other']),
    }),
  ),
  notice: textOrNull,
  fields: z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()])),
})
export type ErpCustomer = z.output<typeof ErpCustomer>

/** One customer, or several under the same document: then `customer` is null. */
export const CustomerAnswer = z.object({...origin, customer: ErpCustomer.nullable(), customers: z.array(ErpCustomer)})

export const ErpInvoice = z.object({
  invoice_id: z.string(),
  customer_id: z.string(),
  contract_id: textOrNull,
  number: z.string(),
  description: textOrNull,
  status: z.enum(['open', 'overdue', 'paid', 'cancelled']),
  amount_cents: cents,
  updated_cents: cents.nullable(),
  paid_cents: cents.nullable(),
  ...money,
  due_on: day,
  paid_on: day,
})
export type ErpInvoice = z.output<typeof ErpInvoice>
export const InvoicesAnswer = z.object({...origin, invoices: z.array(ErpInvoice), total_cents: cents})

export const SlipAnswer = z.object({
  ...origin,
  invoice_id: z.string(),
  amount_cents: cents.nullable(),
  ...money,
  due_on: day,
  digitable_line: textOrNull,
  barcode: textOrNull,
  pix: textOrNull,
  url: textOrNull,
  pdf_base64: textOrNull,
  warnings: z.array(z.string()),
})
export type SlipAnswer = z.output<typeof SlipAnswer>

const state = z.enum(['online', 'offline', 'unknown'])
export const StatusAnswer = z.object({
  ...origin,
  customer_id: z.string(),
  state,
  blocked: z.boolean(),
  reduced: z.boolean(),
  reason: textOrNull,
  since: textOrNull,
  notice: textOrNull,
  connections: z.array(
    z.object({
      ...{
        contract_id: textOrNull,
        login: textOrNull,
        state,
        blocked: z.boolean(),
        reason: textOrNull,
        since: textOrNull,
      },
    }),
  ),
})

export const TicketAnswer = z.object({
  ticket_id: textOrNull,
  protocol: textOrNull,
  reference: z.string(),
  existing: z.boolean(),
  source: origin.source,
  opened_at: timeOrNull,
})
export type TicketAnswer = z.output<typeof TicketAnswer>

export const ErpPlan = z.object({
  ...{plan_id: z.string(), name: z.string(), description: textOrNull, price_cents: cents.nullable(), ...money},
  ...{download_mbps: z.number().nullable(), upload_mbps: z.number().nullable()},
})
export type ErpPlan = z.output<typeof ErpPlan>
export const PlansAnswer = z.object({...origin, plans: z.array(ErpPlan)})
