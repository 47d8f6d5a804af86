import {fieldsOf, type Fields, itemsOf, numberOf, textOf} from '../../base/read.ts'
import {
  type Answer,
  type Contract,
  type ContractState,
  type Customer,
  type CustomerPage,
  type ErpLine,
  found,
} from '../connector.ts'
import {dayOf, documentOf, isActive, mapped, phonesOf, said} from '../reading.ts'
import {ask} from './wire.ts'

/** By document. Customers whose services are all cancelled are found as well. */
export async function customers(document: string, line: ErpLine): Promise<Answer<Customer[]>> {
  const rows = await customerRows({busca: 'cpf_cnpj', termo_busca: document, cancelado: 'sim', limit: '20'}, line)
  return rows.outcome === 'found' ? found(rows.data.map((row) => customerOf(row, line, document))) : rows
}

export async function customerRows(query: Record<string, string>, line: ErpLine): Promise<Answer<Fields[]>> {
  const answer = await ask(line, {path: 'cliente', query: {ultima_conexao: 'sim', ...query}})
  return answer.outcome === 'found' ? found(itemsOf(answer.data.clientes).map(fieldsOf)) : answer
}

/** The row of one customer by the number people see. */
export async function customerRow(code: string, line: ErpLine): Promise<Answer<Fields | undefined>> {
  const rows = await customerRows({busca: 'codigo_cliente', termo_busca: code, cancelado: 'sim'}, line)
  if (rows.outcome !== 'found') return rows
  return found(rows.data.find((row) => textOf(row.codigo_cliente) === code))
}

function customerOf(row: Fields, line: ErpLine, asked?: string): Customer {
  const {masked, whole, company} = documentOf(row.cpf_cnpj, asked)
  const contracts = servicesOf(row).map(contractOf)
  const notices = itemsOf(row.alerta_mensagens).flatMap((one) => said(one) ?? [])
  const code = textOf(row.codigo_cliente) ?? ''
  const customer: Customer = {
    customer_id: code,
    code,
    name: said(row.nome_razaosocial) ?? said(row.nome_fantasia) ?? '',
    document: masked,
    kind: company || row.tipo_pessoa === 'pj' ? 'company' : 'person',
    email: said(row.email_principal),
    phones: phonesOf(row.telefone_primario, row.telefone_secundario, row.telefone_terciario),
    active: contracts.length === 0 || contracts.some(({state}) => isActive(state)),
    contracts,
    notice: row.alerta === true && notices.length > 0 ? notices.join(' ') : null,
    fields: {},
    // The name of the field is misspelt there.
    secret: {document: whole, birthDate: dayOf(row.data_nascmento) ?? dayOf(row.data_nascimento)},
  }
  return mapped(customer, row, line.connection)
}

export const servicesOf = (row: Fields): Fields[] => itemsOf(row.servicos).map(fieldsOf)

const states: Readonly<Record<string, ContractState>> = {
  servico_habilitado: 'active',
  suspenso_debito: 'blocked',
  suspenso_judicial: 'blocked',
  suspenso_pedido_cliente: 'blocked',
  bloqueio_temporario: 'blocked',
  servico_bloqueado: 'blocked',
  dedicado_suspenso: 'blocked',
  suspenso_parcialmente: 'reduced',
  franquia_excedida: 'reduced',
  cancelado: 'cancelled',
  inativo: 'cancelled',
}

/** What is not known yet is shown in the ERP's words. */
export function contractOf(service: Fields): Contract {
  const prefix = textOf(service.status_prefixo) ?? ''
  return {
    contract_id: textOf(service.id_cliente_servico) ?? '',
    plan: said(service.nome),
    state: states[prefix] ?? (/^(aguardando|agendado)/.test(prefix) ? 'pending' : 'other'),
    state_text: said(service.status) ?? prefix,
  }
}

const PAGE = 500

/** All customers, page by page from 0. HubSoft makes this list a few times a day only. */
export async function everyone(
  after: string | null,
  _since: string | null,
  line: ErpLine,
): Promise<Answer<CustomerPage>> {
  const page = Number(after ?? 0)
  const query = {pagina: String(page), itens_por_pagina: String(PAGE)}
  const answer = await ask(line, {path: 'cliente/todos', query})
  if (answer.outcome !== 'found') return answer
  const rows = itemsOf(answer.data.clientes).map(fieldsOf)
  const last = numberOf(fieldsOf(answer.data.paginacao).ultima_pagina) ?? page
  const more = rows.length > 0 && page < last
  return found({customers: rows.map((row) => customerOf(row, line)), after: more ? String(page + 1) : null})
}
