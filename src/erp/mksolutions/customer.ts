import {fieldsOf, type Fields, itemsOf, textOf} from '../../base/read.ts'
import {type Answer, type Contract, type Customer, type CustomerPage, type ErpLine, found} from '../connector.ts'
import {documentOf, mapped, phonesOf, pick, said} from '../reading.ts'
import {ask} from './wire.ts'

/** By document. `Outros` are further registrations under the same one. */
export async function customers(document: string, line: ErpLine): Promise<Answer<Customer[]>> {
  const answer = await ask(line, 'WSMKConsultaDoc', {doc: document})
  if (answer.outcome === 'not_found') return found([])
  if (answer.outcome !== 'found') return answer
  const first = fieldsOf(answer.data)
  const rows = [first, ...itemsOf(pick(first, 'Outros')).map(fieldsOf)].filter((row) => idIn(row) !== null)
  const all: Customer[] = []
  for (const row of rows) {
    const contracts = await contractsOf(idIn(row) ?? '', line)
    if (contracts.outcome !== 'found') return contracts
    all.push(customerOf(row, contracts.data, line, document))
  }
  return found(all)
}

export const idIn = (row: Fields) => said(pick(row, 'CodigoPessoa', 'codpessoa', 'cd_cliente'))

async function contractsOf(customerId: string, line: ErpLine): Promise<Answer<Contract[]>> {
  const answer = await ask(line, 'WSMKContratosPorCliente', {cd_cliente: customerId})
  if (answer.outcome === 'not_found') return found([])
  if (answer.outcome !== 'found') return answer
  const rows = itemsOf(pick(fieldsOf(answer.data), 'ContratosAtivos')).map(fieldsOf)
  return found(
    rows.map((row): Contract => ({
      contract_id: textOf(pick(row, 'codcontrato')) ?? '',
      plan: said(pick(row, 'plano_acesso')),
      // The list holds active ones only; a block stands with the connection.
      state: 'active',
      state_text: 'Ativo',
    })),
  )
}

function customerOf(row: Fields, contracts: Contract[], line: ErpLine, asked?: string): Customer {
  const id = idIn(row) ?? ''
  const {masked, whole, company} = documentOf(pick(row, 'CPF_CNPJ'), asked)
  const customer: Customer = {
    customer_id: id,
    code: id,
    name: said(pick(row, 'Nome')) ?? '',
    document: masked,
    kind: company ? 'company' : 'person',
    email: said(pick(row, 'Email')),
    phones: phonesOf(pick(row, 'Fone')),
    active: pick(row, 'Situacao') !== 'Inativo',
    contracts,
    notice: null,
    fields: {},
    secret: {document: whole, birthDate: null},
  }
  return mapped(customer, row, line.connection)
}

/** All customers by number; the next page begins behind the last one. */
export async function everyone(
  after: string | null,
  _since: string | null,
  line: ErpLine,
): Promise<Answer<CustomerPage>> {
  const answer = await ask(line, 'WSMKConsultaClientes', {cd_cliente_inicio: String(Number(after ?? 0) + 1)})
  if (answer.outcome === 'not_found') return found({customers: [], after: null})
  if (answer.outcome !== 'found') return answer
  const rows = itemsOf(answer.data).map(fieldsOf)
  const last = Math.max(0, ...rows.map((row) => Number(idIn(row))))
  const moved = rows.length > 0 && last > Number(after ?? 0)
  return found({customers: rows.map((row) => customerOf(row, [], line)), after: moved ? String(last) : null})
}
