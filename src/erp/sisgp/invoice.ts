import {parseLine} from '../../base/boleto.ts'
import {fieldsOf, type Fields, itemsOf, numberOf, textOf} from '../../base/read.ts'
import {
  type Answer,
  type ErpLine,
  found,
  type Invoice,
  type InvoiceWish,
  type Slip,
  type SlipWish,
} from '../connector.ts'
import {badInput, notFoundThere, refusedBy} from '../errors.ts'
import {byDue, centsOr, centsOrNull, dayOf, isWished, pick, said, unpaid} from '../reading.ts'
import {ask, keyOf, LABEL, NEEDS_CONTRACT} from './wire.ts'

const PAGE = 250
const MOST_PAGES = 20
const statusWords = {open: 'abertos', overdue: 'abertos', paid: 'pagos', all: undefined} as const

export async function invoices(customerId: string, wish: InvoiceWish, line: ErpLine): Promise<Answer<Invoice[]>> {
  const key = keyOf(customerId)
  if (!key) return badInput(NEEDS_CONTRACT)
  const all: Invoice[] = []
  for (let page = 0; page < MOST_PAGES; page++) {
    const answer = await ask(line, 'ura/titulos', {
      ...{cliente_id: key.customer, status: statusWords[wish]},
      ...{ordenar: 'data_vencimento', ordenar_ordem: 'asc', offset: String(page * PAGE), limit: String(PAGE)},
    })
    if (answer.outcome !== 'found') return answer
    const rows = itemsOf(answer.data.titulos).map(fieldsOf)
    all.push(...rows.map((row) => invoiceOf(row, customerId, line.today)))
    const total = numberOf(fieldsOf(answer.data.paginacao).total) ?? 0
    if (rows.length === 0 || (page + 1) * PAGE >= total) break
  }
  // Without a status open and cancelled ones come mixed, and not in order.
  return found(all.filter(({status}) => isWished(status, wish)).sort(byDue))
}

function invoiceOf(row: Fields, customerId: string, today: string): Invoice {
  const dueOn = dayOf(pick(row, 'dataVencimento', 'vencimento'))
  const contract = said(pick(row, 'clienteContrato', 'contrato'))
  const id = textOf(row.id) ?? ''
  const word = said(row.status)?.toLowerCase()
  const status = word === 'pago' ? 'paid' : word === 'cancelado' ? 'cancelled' : unpaid(dueOn, today)
  return {
    invoice_id: contract === null ? id : `${contract}-${id}`,
    customer_id: customerId,
    contract_id: contract,
    number: said(pick(row, 'numeroDocumento')) ?? id,
    description: null,
    status,
    amount_cents: centsOr(row.valor, 0),
    updated_cents: status === 'overdue' ? centsOrNull(pick(row, 'valorCorrigido')) : null,
    paid_cents: status === 'paid' ? centsOrNull(pick(row, 'valorPago')) : null,
    currency: 'BRL',
    due_on: dueOn,
    paid_on: dayOf(pick(row, 'dataPagamento')),
  }
}

/** Asks for all open ones, because one alone may come back as another; and never for a service order with it. */
export async function slip({invoiceId, customerId, pdf}: SlipWish, line: ErpLine): Promise<Answer<Slip>> {
  const [, own, id = ''] = /^(?:(\d+)-)?(\d+)$/.exec(invoiceId) ?? []
  const contract = own ?? keyOf(customerId ?? '')?.contract
  if (contract === undefined)
    return badInput('SGP finds an invoice by its contract: write CONTRACT-INVOICE, as `pytake erp invoices` shows it.')
  const answer = await ask(line, 'ura/fatura2via', {
    ...{contrato: contract, nao_gerar_os: '1', faturas_abertas_todas: '1'},
    link_pdf: pdf ? '1' : undefined,
  })
  if (answer.outcome !== 'found') return answer
  const rows = itemsOf(answer.data.links).map(fieldsOf)
  const row = rows.find((one) => textOf(one.id) === id || textOf(one.fatura) === id)
  if (!row) return notFoundThere(`An open invoice ${invoiceId}`)
  const slip = slipOf(row, `${contract}-${id}`, line)
  return slip.pix === null ? withPix(slip, {contract, id}, line) : found(slip)
}

function slipOf(row: Fields, invoiceId: string, line: ErpLine): Slip {
  const text = said(pick(row, 'linhadigitavel'))
  const boleto = text === null ? undefined : parseLine(text, line.now)
  return {
    invoice_id: invoiceId,
    amount_cents: centsOrNull(row.valor),
    currency: 'BRL',
    due_on: dayOf(pick(row, 'vencimento_original')) ?? dayOf(row.vencimento),
    digitable_line: boleto?.line ?? text?.replace(/\D/g, '') ?? null,
    barcode: boleto?.barcode ?? null,
    pix: said(pick(row, 'codigopix')),
    url: said(row.link),
    pdf_base64: null,
    warnings: text === null ? ['The ERP gave no typed line.'] : [],
  }
}

async function withPix(
  slip: Slip,
  {contract, id}: {contract: string; id: string},
  line: ErpLine,
): Promise<Answer<Slip>> {
  const answer = await ask(line, `ura/pagamento/pix/${id}`, {contrato: contract})
  if (answer.outcome !== 'found') return found({...slip, warnings: [...slip.warnings, `PIX: ${answer.message}`]})
  const pix = said(pick(answer.data, 'pix', 'codigoPix', 'codigo'))
  if (pix !== null) return found({...slip, pix})
  const {message} = refusedBy(LABEL, textOf(answer.data.msg) ?? '')
  return found({...slip, warnings: [...slip.warnings, `PIX: ${message}`]})
}
