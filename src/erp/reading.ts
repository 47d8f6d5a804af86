import {DateTime} from 'luxon'
import {maskDocument, parseCnpj, parseCpf} from '../base/documents.ts'
import {centsOf} from '../base/money.ts'
import {normalizePhone} from '../base/phone.ts'
import {type Fields, itemsOf, textOf} from '../base/read.ts'
import type {Connection, ContractState, Customer, ErpReply, InvoiceStatus, InvoiceWish} from './connector.ts'
import {badAnswer, type ErpFailure, htmlAnswer, serverError} from './errors.ts'

/** Readers that the connectors share, for what ERPs write. None throws; what has another shape reads as absent. */

/** The JSON of a reply, or why there is none. A web page with status 200 is told apart from broken JSON. */
export function jsonOf(label: string, reply: ErpReply): {json: unknown} | ErpFailure {
  const text = reply.body.toString('utf8').replace(/^\ufeff/, '')
  try {
    return {json: JSON.parse(text) as unknown}
  } catch {
    if (reply.status >= 500) return serverError(label, reply.status)
    return text.trimStart().startsWith('<') ? htmlAnswer(label, reply.status) : badAnswer(label, reply.status)
  }
}

/** A field under any of its names, whatever the case and underscores. */
export function pick(row: Fields, ...names: string[]): unknown {
  for (const name of names) if (row[name] !== undefined) return row[name]
  const wanted = new Set(names.map(folded))
  return Object.entries(row).find(([name]) => wanted.has(folded(name)))?.[1]
}

const folded = (name: string) => name.toLowerCase().replaceAll('_', '')

/** Text that says something: not empty, not `None`, no date of zeros. */
export function said(value: unknown): string | null {
  const text = textOf(value)?.trim()
  return text === undefined || text === '' || text === 'None' || /^0000-00-00/.test(text) ? null : text
}

/** An id of another table; `0` means none. */
export const idOf = (value: unknown): string | null => {
  const text = said(value)
  return text === '0' ? null : text
}

/** `2026-11-23` of `23/11/2026`, `2026-11-23` or either with a time behind it. */
export function dayOf(value: unknown): string | null {
  const text = said(value)
  if (text === null) return null
  const [, day, month, year] = /^(\d{2})\/(\d{2})\/(\d{4})/.exec(text) ?? []
  const iso = year === undefined ? text.slice(0, 10) : `${year}-${month}-${day}`
  return DateTime.fromFormat(iso, 'yyyy-MM-dd', {zone: 'utc'}).isValid ? iso : null
}

/** An instant that was written as local time of the provider, as ISO in UTC. */
export function timeOf(value: unknown, timeZone: string): string | null {
  const text = said(value)
  const day = dayOf(text)
  if (text === null || day === null) return null
  const [, clock = '00:00:00', offset = ''] = /(\d{2}:\d{2}(?::\d{2})?)\s*([+-]\d{2}(?::?\d{2})?)?$/.exec(text) ?? []
  const time = DateTime.fromISO(`${day}T${clock}${offset}`, {zone: timeZone})
  return time.isValid ? time.toUTC().toISO() : null
}

export const centsOr = (value: unknown, otherwise: number): number => centsOf(value) ?? otherwise
export const centsOrNull = (value: unknown): number | null => centsOf(value) ?? null

/** Telephone numbers in one form, without repeats; what is none is left out. */
export function phonesOf(...values: unknown[]): string[] {
  const numbers = values.flatMap((value) => normalizePhone(said(value) ?? '')?.e164 ?? [])
  return [...new Set(numbers)]
}

/** The document of a customer: masked for everyone, whole for comparing. */
export function documentOf(value: unknown, asked?: string): {masked: string; whole: string | null; company: boolean} {
  const text = said(value) ?? asked ?? ''
  const whole = parseCpf(text) ?? parseCnpj(text) ?? null
  return {
    masked: whole === null ? '' : maskDocument(whole),
    whole,
    company: whole !== null && parseCpf(whole) === undefined,
  }
}

/** Is an unpaid invoice late? `today` is the provider's day. */
export const unpaid = (dueOn: string | null, today: string): InvoiceStatus =>
  dueOn !== null && dueOn < today ? 'overdue' : 'open'

export function isWished(status: InvoiceStatus, wish: InvoiceWish): boolean {
  if (wish === 'all') return true
  return wish === 'open' ? status === 'open' || status === 'overdue' : status === wish
}

export const byDue = (a: {due_on: string | null; invoice_id: string}, b: {due_on: string | null; invoice_id: string}) =>
  (a.due_on ?? '9999').localeCompare(b.due_on ?? '9999') || a.invoice_id.localeCompare(b.invoice_id)

export const isActive = (state: ContractState): boolean => state !== 'cancelled'

/** Our fields that `field_mapping` may take from elsewhere in the ERP's row; any other name adds a field. */
const mappable = ['customer_id', 'name', 'document', 'email', 'phone'] as const

/** Applies the connection's `field_mapping`: our field from the ERP's field of that name, where it says something. */
export function mapped(customer: Customer, row: Fields, {fieldMapping}: Pick<Connection, 'fieldMapping'>): Customer {
  const changed: Customer = {...customer, fields: {...customer.fields}}
  for (const [ours, theirs] of Object.entries(fieldMapping)) {
    const value = row[theirs]
    const text = said(value)
    if (!mappable.some((name) => name === ours)) {
      changed.fields[ours] = typeof value === 'number' || typeof value === 'boolean' ? value : text
      continue
    }
    if (text === null) continue
    if (ours === 'customer_id') changed.code = text
    if (ours === 'name') changed.name = text
    if (ours === 'email') changed.email = text
    if (ours === 'phone') changed.phones = [...new Set([...phonesOf(text), ...customer.phones])]
    if (ours === 'document') {
      const {masked, whole} = documentOf(text)
      if (whole === null) continue
      changed.document = masked
      changed.secret = {birthDate: customer.secret?.birthDate ?? null, document: whole}
    }
  }
  return changed
}

/** A list of texts as one; null when it says nothing. */
export const itemsText = (value: unknown): string | null =>
  itemsOf(value)
    .flatMap((one) => said(one) ?? [])
    .join(' ') || null
