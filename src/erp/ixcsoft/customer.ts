import {formatCnpj, formatCpf} from '../../base/documents.ts'
import {type Fields, textOf} from '../../base/read.ts'
import {
  type Answer,
  type Contract,
  type ContractState,
  type Customer,
  type CustomerPage,
  type ErpLine,
  found,
} from '../connector.ts'
import {dayOf, documentOf, mapped, phonesOf, said} from '../reading.ts'
import {readRows} from './wire.ts'

/** By document. It is stored as people typed it: with its marks as a rule, without them now and then. */
export async function customers(document: string, line: ErpLine): Promise<Answer<Customer[]>> {
  const written = document.length === 11 ? formatCpf(document) : formatCnpj(document)
  for (const value of [written, document]) {
    const rows = await readRows(line, {table: 'cliente', where: {field: 'cliente.cnpj_cpf', is: '=', value}, most: 50})
    if (rows.outcome !== 'found') return rows
    if (rows.data.length > 0) return withContracts(rows.data, line)
  }
  return found([])
}

async function withContracts(rows: readonly Fields[], line: ErpLine): Promise<Answer<Customer[]>> {
  const ids = rows.map((row) => textOf(row.id) ?? '').filter(Boolean)
  const contracts = await contractRows(ids, line)
  if (contracts.outcome !== 'found') return contracts
  return found(rows.map((row) => customerOf(row, contracts.data, line)))
}

const contractRows = (ids: readonly string[], line: ErpLine) =>
  readRows(line, {
    table: 'cliente_contrato',
    where:
      ids.length === 1
        ? {field: 'cliente_contrato.id_cliente', is: '=', value: ids[0] ?? ''}
        : {field: 'cliente_contrato.id_cliente', is: 'IN', value: ids.join(',')},
  })

/** Contracts of one customer, as they come. */
export const contractsOf = (customerId: string, line: ErpLine) => contractRows([customerId], line)

function customerOf(row: Fields, contracts: readonly Fields[], line: ErpLine): Customer {
  const id = textOf(row.id) ?? ''
  const {masked, whole, company} = documentOf(row.cnpj_cpf)
  const customer: Customer = {
    customer_id: id,
    code: id,
    name: said(row.razao) ?? said(row.fantasia) ?? '',
    document: masked,
    kind: company || row.tipo_pessoa === 'J' ? 'company' : 'person',
    email: said(row.email) ?? said(row.hotsite_email),
    phones: phonesOf(row.whatsapp, row.telefone_celular, row.fone, row.telefone_comercial),
    active: row.ativo !== 'N',
    contracts: contracts.filter((one) => textOf(one.id_cliente) === id).map(contractOf),
    notice: said(row.alerta),
    fields: {},
    secret: {document: whole, birthDate: dayOf(row.data_nascimento)},
  }
  return mapped(customer, row, line.connection)
}

/** Why a contract's internet is off, by `status_internet`. */
export const blockReasons: Readonly<Record<string, string>> = {
  D: 'Desativado',
  CM: 'Bloqueio manual',
  CA: 'Bloqueio automático por débito',
  FA: 'Financeiro em atraso',
  CE: 'Bloqueio financeiro',
  AA: 'Aguardando assinatura',
}
const blocking = new Set(['CM', 'CA', 'FA', 'CE', 'D'])

export function contractOf(row: Fields): Contract {
  const internet = textOf(row.status_internet) ?? ''
  return {
    contract_id: textOf(row.id) ?? '',
    plan: said(row.contrato),
    state: stateOf(row, internet),
    state_text: blockReasons[internet] ?? (row.status === 'A' ? 'Ativo' : `status ${textOf(row.status) ?? '?'}`),
  }
}

function stateOf(row: Fields, internet: string): ContractState {
  if (row.status === 'I' || row.status === 'D') return 'cancelled'
  if (row.status === 'P' || internet === 'AA') return 'pending'
  if (blocking.has(internet)) return 'blocked'
  if (row.status_velocidade === 'R') return 'reduced'
  return row.status === 'A' ? 'active' : 'other'
}

const PAGE = 200

/** All customers by id, or those that changed since a time. */
export async function everyone(
  after: string | null,
  since: string | null,
  line: ErpLine,
): Promise<Answer<CustomerPage>> {
  const rows = await readRows(line, {
    table: 'cliente',
    where: {field: 'cliente.id', is: '>', value: after ?? '0'},
    and:
      since === null
        ? []
        : [{field: 'cliente.ultima_atualizacao', is: '>=', value: since.slice(0, 19).replace('T', ' ')}],
    most: PAGE,
  })
  if (rows.outcome !== 'found') return rows
  if (rows.data.length === 0) return found({customers: [], after: null})
  const customersOfPage = await withContracts(rows.data, line)
  if (customersOfPage.outcome !== 'found') return customersOfPage
  const last = textOf(rows.data.at(-1)?.id) ?? null
  return found({customers: customersOfPage.data, after: rows.data.length < PAGE ? null : last})
}
