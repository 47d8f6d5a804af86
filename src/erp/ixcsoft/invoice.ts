import {parseLine} from '../../base/boleto.ts'
import {fieldsOf, type Fields, textOf} from '../../base/read.ts'
import {
  type Answer,
  type ErpLine,
  type ErpReply,
  found,
  type Invoice,
  type InvoiceStatus,
  type InvoiceWish,
  type Slip,
  type SlipWish,
} from '../connector.ts'
import {isFailure, notFoundThere} from '../errors.ts'
import {byDue, centsOr, centsOrNull, dayOf, idOf, isWished, said, unpaid} from '../reading.ts'
import {ask, askRaw, type Condition, readRows} from './wire.ts'

/** Rows that are not released are forecasts; nobody owes them yet. */
const released: Condition = {field: 'fn_areceber.liberado', is: '=', value: 'S'}
const inState = (value: string): Condition => ({
  field: 'fn_areceber.status',
  is: value.includes(',') ? 'IN' : '=',
  value,
})

export async function invoices(customerId: string, wish: InvoiceWish, line: ErpLine): Promise<Answer<Invoice[]>> {
  const states = wish === 'paid' ? [inState('R')] : wish === 'all' ? [] : [inState('A,P')]
  const rows = await readRows(line, {
    table: 'fn_areceber',
    where: {field: 'fn_areceber.id_cliente', is: '=', value: customerId},
    and: [released, ...states],
    sort: 'fn_areceber.data_vencimento asc',
  })
  if (rows.outcome !== 'found') return rows
  const own = rows.data.filter((row) => row.liberado !== 'N' && textOf(row.id_cliente) === customerId)
  const all = own.map((row) => invoiceOf(row, line.today))
  return found(all.filter(({status}) => isWished(status, wish)).sort(byDue))
}

const MOST_OPEN = 200_000

/** What all customers owe. */
export async function openInvoices(line: ErpLine): Promise<Answer<Invoice[]>> {
  const rows = await readRows(line, {
    table: 'fn_areceber',
    where: {field: 'fn_areceber.id', is: '>', value: '0'},
    and: [released, inState('A,P')],
    most: MOST_OPEN,
  })
  if (rows.outcome !== 'found') return rows
  return found(rows.data.map((row) => invoiceOf(row, line.today)).sort(byDue))
}

function invoiceOf(row: Fields, today: string): Invoice {
  const dueOn = dayOf(row.data_vencimento)
  const status = statusOf(textOf(row.status), dueOn, today)
  return {
    invoice_id: textOf(row.id) ?? '',
    customer_id: textOf(row.id_cliente) ?? '',
    contract_id: idOf(row.id_contrato) ?? idOf(row.id_contrato_avulso),
    number: said(row.documento) ?? textOf(row.id) ?? '',
    description: said(row.obs),
    status,
    amount_cents: amountOf(row),
    updated_cents: null,
    paid_cents: status === 'paid' ? (centsOrNull(row.pagamento_valor) ?? centsOrNull(row.valor_recebido)) : null,
    currency: 'BRL',
    due_on: dueOn,
    paid_on: dayOf(row.pagamento_data) ?? (status === 'paid' ? dayOf(row.baixa_data) : null),
  }
}

/** Of an invoice that is paid in part, what is left. */
const amountOf = (row: Fields) => centsOr(row.status === 'P' ? row.valor_aberto : row.valor, 0)

function statusOf(status: string | undefined, dueOn: string | null, today: string): InvoiceStatus {
  if (status === 'R') return 'paid'
  return status === 'C' ? 'cancelled' : unpaid(dueOn, today)
}

export async function slip({invoiceId, pdf}: SlipWish, line: ErpLine): Promise<Answer<Slip>> {
  const rows = await readRows(line, {
    table: 'fn_areceber',
    where: {field: 'fn_areceber.id', is: '=', value: invoiceId},
    most: 1,
  })
  if (rows.outcome !== 'found') return rows
  const row = rows.data.find((one) => textOf(one.id) === invoiceId)
  if (!row) return notFoundThere(`Invoice ${invoiceId}`)
  const pix = await pixOf(invoiceId, line)
  const file = pdf ? await pdfOf(invoiceId, line) : null
  const text = said(row.linha_digitavel)
  const boleto = text === null ? undefined : parseLine(text, line.now)
  const slip: Slip = {
    invoice_id: invoiceId,
    amount_cents: amountOf(row),
    currency: 'BRL',
    due_on: dayOf(row.data_vencimento),
    digitable_line: boleto?.line ?? text?.replace(/\D/g, '') ?? null,
    barcode: boleto?.barcode ?? null,
    pix: pix.text,
    url: said(row.gateway_link),
    pdf_base64: file?.base64 ?? null,
    warnings: [...pix.warnings, ...(file?.warnings ?? [])],
  }
  return found(slip)
}

interface PixText {
  text: string | null
  warnings: string[]
}

/** Where PIX is off the ERP refuses; the slip is still worth having. */
async function pixOf(invoiceId: string, line: ErpLine): Promise<PixText> {
  const json = {id_areceber: invoiceId}
  const answer = await ask(line, {method: 'POST', path: '/webservice/v1/get_pix', json, safe: true})
  if (answer.outcome !== 'found') return {text: null, warnings: [`PIX: ${answer.message}`]}
  const pix = fieldsOf(fieldsOf(answer.data).pix)
  const data = fieldsOf(pix.dadosPix)
  const text = said(fieldsOf(pix.qrCode).qrcode) ?? said(data.pixCopiaECola)
  const ends = dayOf(data.expiracaoPix)
  if (text !== null && ends !== null && ends < line.today)
    return {text: null, warnings: [`PIX: the code ended on ${ends}.`]}
  return {text, warnings: text === null ? ['PIX: the ERP has no code for this invoice.'] : []}
}

async function pdfOf(invoiceId: string, line: ErpLine): Promise<{base64: string | null; warnings: string[]}> {
  const reply = await askRaw(line, {
    method: 'POST',
    path: '/webservice/v1/get_boleto',
    json: {
      ...{boletos: invoiceId, juro: 'S', multa: 'S', atualiza_boleto: 'S'},
      ...{tipo_boleto: 'arquivo', base64: 'S', layout_impressao: ''},
    },
    safe: true,
    maxBytes: 16 * 1024 * 1024,
  })
  if (isFailure(reply)) return {base64: null, warnings: [`PDF: ${reply.message}`]}
  const base64 = pdfIn(reply)
  return {base64, warnings: base64 === null ? ['PDF: the ERP gave none.'] : []}
}

/** Bare base64, the same quoted, inside JSON, or the bytes themselves: versions differ. */
function pdfIn(reply: ErpReply): string | null {
  if (reply.body.subarray(0, 5).toString() === '%PDF-') return reply.body.toString('base64')
  const text = reply.body.toString('utf8').trim()
  const values = text.startsWith('{') ? Object.values(fieldsOf(parsed(text))) : [text.replace(/^"|"$/g, '')]
  const base64 = values.find((value) => typeof value === 'string' && value.startsWith('JVBERi0'))
  return typeof base64 === 'string' ? base64.replace(/\s|\\[rn]/g, '') : null
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
