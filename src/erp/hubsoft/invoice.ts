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
import {badInput, notFoundThere} from '../errors.ts'
import {byDue, centsOr, centsOrNull, dayOf, idOf, isWished, said, unpaid} from '../reading.ts'
import {ask} from './wire.ts'

/** HubSoft gives no more at once, and has no further page here. */
const MOST = '50'

export async function invoices(customerId: string, wish: InvoiceWish, line: ErpLine): Promise<Answer<Invoice[]>> {
  const rows = await invoiceRows(customerId, wish === 'open' || wish === 'overdue', line)
  if (rows.outcome !== 'found') return rows
  const all = rows.data.map((row) => invoiceOf(row, customerId, line.today))
  return found(all.filter(({status}) => isWished(status, wish)).sort(byDue))
}

async function invoiceRows(customerId: string, pendingOnly: boolean, line: ErpLine): Promise<Answer<Fields[]>> {
  const query = {
    ...{busca: 'codigo_cliente', termo_busca: customerId, apenas_pendente: pendingOnly ? 'sim' : 'nao'},
    ...{limit: MOST, order_by: 'data_vencimento', order_type: pendingOnly ? 'asc' : 'desc'},
  }
  const answer = await ask(line, {path: 'cliente/financeiro', query})
  return answer.outcome === 'found' ? found(itemsOf(answer.data.faturas).map(fieldsOf)) : answer
}

function invoiceOf(row: Fields, customerId: string, today: string): Invoice {
  const dueOn = dayOf(row.data_vencimento)
  const paidOn = dayOf(row.data_pagamento)
  const id = textOf(row.id_fatura) ?? ''
  return {
    invoice_id: `${customerId}-${id}`,
    customer_id: customerId,
    contract_id: idOf(fieldsOf(fieldsOf(row.cliente).servico).id_cliente_servico),
    number: said(row.nosso_numero) ?? id,
    description:
      itemsOf(row.detalhamento)
        .flatMap((one) => said(fieldsOf(one).descricao) ?? [])
        .join(', ') || null,
    status: paidOn === null ? unpaid(dueOn, today) : 'paid',
    amount_cents: centsOr(row.valor, 0),
    updated_cents: null,
    paid_cents: centsOrNull(row.valor_pago),
    currency: 'BRL',
    due_on: dueOn,
    paid_on: paidOn,
  }
}

/** The row of the invoice holds everything; it is found by its customer, so the id names both. */
export async function slip({invoiceId, customerId}: SlipWish, line: ErpLine): Promise<Answer<Slip>> {
  const [, customer = customerId, id = ''] = /^(?:(\d+)-)?(\d+)$/.exec(invoiceId) ?? []
  if (customer === undefined)
    return badInput(
      'HubSoft finds an invoice by its customer: write CUSTOMER-INVOICE, as `pytake erp invoices` shows it.',
    )
  for (const pendingOnly of [true, false]) {
    const rows = await invoiceRows(customer, pendingOnly, line)
    if (rows.outcome !== 'found') return rows
    const row = rows.data.find((one) => textOf(one.id_fatura) === id)
    if (row) return found(slipOf(row, `${customer}-${id}`, line))
  }
  return notFoundThere(`Invoice ${invoiceId}`)
}

function slipOf(row: Fields, invoiceId: string, line: ErpLine): Slip {
  const text = said(row.linha_digitavel)
  const boleto = text === null ? undefined : parseLine(text, line.now)
  const type = said(row.tipo_cobranca)
  return {
    invoice_id: invoiceId,
    amount_cents: centsOrNull(row.valor),
    currency: 'BRL',
    due_on: dayOf(row.data_vencimento),
    digitable_line: boleto?.line ?? text?.replace(/\D/g, '') ?? null,
    barcode: said(row.codigo_barras) ?? boleto?.barcode ?? null,
    pix: said(row.pix_copia_cola) ?? said(row.pix_copia_e_cola),
    url: said(row.link),
    pdf_base64: null,
    warnings:
      text === null && type !== null && type !== 'boleto_bancario' ? [`It is paid by ${type}; there is no slip.`] : [],
  }
}
