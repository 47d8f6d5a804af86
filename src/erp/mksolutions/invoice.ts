import {parseLine} from '../../base/boleto.ts'
import {fieldsOf, type Fields, itemsOf, textOf} from '../../base/read.ts'
import {
  type Answer,
  type ErpLine,
  found,
  type Invoice,
  type InvoiceWish,
  type Slip,
  type SlipWish,
} from '../connector.ts'
import {byDue, centsOr, centsOrNull, dayOf, isWished, pick, said, unpaid} from '../reading.ts'
import {ask} from './wire.ts'

/** Pending ones by the general service; what was paid by the special one, which a profile may lack. */
export async function invoices(customerId: string, wish: InvoiceWish, line: ErpLine): Promise<Answer<Invoice[]>> {
  const all: Invoice[] = []
  if (wish !== 'paid') {
    const pending = rowsOf(await ask(line, 'WSMKFaturasPendentes', {cd_cliente: customerId}), 'FaturasPendentes')
    if (pending.outcome !== 'found') return pending
    all.push(...pending.data.map((row) => invoiceOf(row, customerId, line.today)))
  }
  if (wish === 'paid' || wish === 'all') {
    const paid = rowsOf(await ask(line, 'WSMKFaturas', {cd_cliente: customerId, liquidado: 'S'}, {mayLack: true}))
    if (paid.outcome !== 'found') return paid
    all.push(...paid.data.map((row) => invoiceOf(row, customerId, line.today)))
  }
  return found(all.filter(({status}) => isWished(status, wish)).sort(byDue))
}

/** Nothing to list is an empty list on some servers and an error on others. */
function rowsOf(answer: Answer<unknown>, name?: string): Answer<Fields[]> {
  if (answer.outcome === 'not_found') return found([])
  if (answer.outcome !== 'found') return answer
  const list = name === undefined ? answer.data : pick(fieldsOf(answer.data), name)
  return found(itemsOf(list).map(fieldsOf))
}

function invoiceOf(row: Fields, customerId: string, today: string): Invoice {
  const dueOn = dayOf(pick(row, 'data_vencimento'))
  const paidOn = dayOf(pick(row, 'data_liquidacao'))
  const isPaid = paidOn !== null || pick(row, 'status') === 'Pago'
  const id = textOf(pick(row, 'codfatura', 'cd_fatura')) ?? ''
  return {
    invoice_id: id,
    customer_id: customerId,
    contract_id: contractIn(pick(row, 'contratos')),
    number: said(pick(row, 'nosso_numero')) ?? id,
    description: said(pick(row, 'descricao')),
    status: isPaid ? 'paid' : unpaid(dueOn, today),
    amount_cents: centsOr(pick(row, 'valor_total', 'valor_total_faturas'), 0),
    updated_cents: null,
    paid_cents: isPaid ? centsOrNull(pick(row, 'valor_pago')) : null,
    currency: 'BRL',
    due_on: dueOn,
    paid_on: paidOn,
  }
}

const contractIn = (value: unknown): string | null =>
  said(Array.isArray(value) ? pick(fieldsOf(value[0]), 'codigo_contrato') : value)

/** PDF and updated amount come from one service, the typed line and the PIX text from two others. */
export async function slip({invoiceId}: SlipWish, line: ErpLine): Promise<Answer<Slip>> {
  const copy = await ask(line, 'WSMKSegundaViaCobranca', {cd_fatura: invoiceId})
  if (copy.outcome !== 'found') return copy
  const row = fieldsOf(copy.data)
  const warnings: string[] = []
  const typed = await ask(line, 'WSMKLDViaSMS', {cd_fatura: invoiceId})
  const text =
    typed.outcome === 'found' ? said(pick(fieldsOf(itemsOf(fieldsOf(typed.data).DadosFatura)[0]), 'ld')) : null
  if (text === null) warnings.push('The ERP gave no typed line.')
  const pix = await ask(line, 'WSMKRetornarCopieColaPix', {CodigoFatura: invoiceId})
  if (pix.outcome !== 'found') warnings.push(`PIX: ${pix.message}`)
  const boleto = text === null ? undefined : parseLine(text, line.now)
  return found({
    invoice_id: invoiceId,
    amount_cents: centsOrNull(pick(row, 'Valor')),
    currency: 'BRL',
    due_on: dayOf(pick(row, 'Vcto')),
    digitable_line: boleto?.line ?? text?.replace(/\D/g, '') ?? null,
    barcode: boleto?.barcode ?? null,
    pix: pix.outcome === 'found' ? said(pick(fieldsOf(pix.data), 'texto_qrcode')) : null,
    url: said(pick(row, 'PathDownload')),
    pdf_base64: null,
    warnings,
  })
}
