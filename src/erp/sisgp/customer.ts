import {fieldsOf, type Fields, itemsOf, textOf} from '../../base/read.ts'
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

/** By document. One element per contract comes; customers are told apart by their own number. */
export async function customers(document: string, line: ErpLine): Promise<Answer<Customer[]>> {
  const rows = await contractRows({cpfcnpj: document}, line)
  return rows.outcome === 'found' ? found(grouped(rows.data).map((own) => customerOf(own, line, document))) : rows
}

export async function contractRows(filter: Record<string, string>, line: ErpLine): Promise<Answer<Fields[]>> {
  const answer = await ask(line, 'ura/consultacliente', filter)
  return answer.outcome === 'found' ? found(itemsOf(answer.data.contratos).map(fieldsOf)) : answer
}

function grouped(rows: readonly Fields[]): Fields[][] {
  const byCustomer = new Map<string, Fields[]>()
  for (const row of rows) {
    const id = textOf(row.clienteId) ?? ''
    byCustomer.set(id, [...(byCustomer.get(id) ?? []), row])
  }
  return [...byCustomer.values()]
}

/** The rows of one customer; the living contract comes first and gives the id its second half. */
function customerOf(rows: readonly Fields[], line: ErpLine, asked?: string): Customer {
  const contracts = rows.map(contractOf).sort((a, b) => Number(isActive(b.state)) - Number(isActive(a.state)))
  const row = rows[0] ?? {}
  const {masked, whole, company} = documentOf(row.cpfCnpj, asked)
  const id = textOf(row.clienteId) ?? ''
  const customer: Customer = {
    customer_id: `${id}-${contracts[0]?.contract_id ?? ''}`,
    code: id,
    name: said(row.razaoSocial) ?? '',
    document: masked,
    kind: company ? 'company' : 'person',
    email: said(itemsOf(row.emails)[0]),
    phones: phonesOf(...itemsOf(row.telefones).map(numberIn)),
    active: contracts.some(({state}) => isActive(state)),
    contracts,
    notice: null,
    fields: {},
    secret: {document: whole, birthDate: dayOf(row.dataNascimento)},
  }
  return mapped(customer, row, line.connection)
}

/** A telephone is text, or `{contato, tipoContato}`. */
const numberIn = (value: unknown) => textOf(value) ?? fieldsOf(value).contato

const byText: readonly (readonly [RegExp, ContractState])[] = [
  [/cancelad|inativ/i, 'cancelled'],
  [/suspens|bloquead/i, 'blocked'],
  [/reduzid/i, 'reduced'],
  [/ativo/i, 'active'],
  [/novo|aguard|instala/i, 'pending'],
]
const byNumber: Readonly<Record<string, ContractState>> = {1: 'active', 2: 'cancelled', 3: 'cancelled', 4: 'blocked'}

/** The text of the state is surer than its number, which sources read differently. */
export function contractOf(row: Fields): Contract {
  const text = said(row.contratoStatusDisplay)
  const state = byText.find(([pattern]) => text !== null && pattern.test(text))?.[1]
  return {
    contract_id: textOf(row.contratoId) ?? '',
    plan: said(row.planointernet) ?? said(row.servico_plano) ?? said(row.planotv),
    state: state ?? byNumber[textOf(row.contratoStatus) ?? ''] ?? 'other',
    state_text: text ?? textOf(row.contratoStatus) ?? '',
  }
}

const PAGE = 100

/** All customers by offset. Their answer has another shape than a look-up's. */
export async function everyone(
  after: string | null,
  _since: string | null,
  line: ErpLine,
): Promise<Answer<CustomerPage>> {
  const offset = Number(after ?? 0)
  const answer = await ask(line, 'ura/clientes', {offset: String(offset), limit: String(PAGE)})
  if (answer.outcome !== 'found') return answer
  const rows = itemsOf(answer.data.clientes).map(fieldsOf)
  const read = rows.flatMap((row) => {
    const contracts = itemsOf(row.contratos).map(fieldsOf)
    const flat = contracts.map((one) => ({
      ...{
        clienteId: row.id ?? row.cliente_id,
        razaoSocial: row.nome,
        cpfCnpj: row.cpfcnpj,
        dataNascimento: row.datanascimento,
      },
      ...{telefones: telephonesIn(row.telefones), emails: row.emails},
      ...{contratoId: one.contrato ?? one.id, contratoStatusDisplay: one.status},
      planointernet: fieldsOf(fieldsOf(itemsOf(one.servicos)[0]).plano).descricao,
    }))
    return flat.length === 0 ? [] : [customerOf(flat, line)]
  })
  return found({customers: read, after: rows.length < PAGE ? null : String(offset + PAGE)})
}

const telephonesIn = (value: unknown) => (typeof value === 'string' ? value.split(/[,;]/) : value)
