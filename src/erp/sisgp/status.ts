import {type Fields, numberOf, textOf} from '../../base/read.ts'
import {type Answer, type ConnectionStatus, type ErpLine, found} from '../connector.ts'
import {badInput, notFoundThere} from '../errors.ts'
import {said} from '../reading.ts'
import {contractOf, contractRows} from './customer.ts'
import {ask, keyOf, NEEDS_CONTRACT} from './wire.ts'

/** A person with more contracts than this is asked about no further. */
const MOST_CONTRACTS = 10

export async function status(customerId: string, line: ErpLine): Promise<Answer<ConnectionStatus>> {
  const key = keyOf(customerId)
  if (key?.contract === undefined) return badInput(NEEDS_CONTRACT)
  const rows = await contractsWith(key.customer, key.contract, line)
  if (rows.outcome !== 'found') return rows
  const living = rows.data.filter((row) => contractOf(row).state !== 'cancelled').slice(0, MOST_CONTRACTS)
  if (rows.data.length === 0) return notFoundThere(`Customer ${customerId}`)
  const connections: (ConnectionStatus['connections'][number] & {notice: string | null})[] = []
  for (const row of living) {
    const one = await connectionOf(row, line)
    if (one.outcome !== 'found') return one
    connections.push(one.data)
  }
  const shown =
    connections.find(({blocked}) => blocked) ?? connections.find(({state}) => state === 'offline') ?? connections[0]
  return found({
    customer_id: customerId,
    state: shown?.state ?? 'unknown',
    blocked: connections.length > 0 && connections.every(({blocked}) => blocked),
    reduced: living.some((row) => contractOf(row).state === 'reduced'),
    reason: shown?.blocked ? shown.reason : null,
    since: null,
    notice: connections.find(({notice}) => notice !== null)?.notice ?? null,
    connections: connections.map(({contract_id, login, state, blocked, reason, since}) => ({
      ...{contract_id, login, state, blocked, reason, since},
    })),
  })
}

/** A contract by its number, then all of the same customer: the look-up by document has them together. */
async function contractsWith(customer: string, contract: string, line: ErpLine): Promise<Answer<Fields[]>> {
  const first = await contractRows({contrato: contract}, line)
  if (first.outcome !== 'found') return first
  const row = first.data.find((one) => textOf(one.clienteId) === customer)
  const document = said(row?.cpfCnpj)?.replace(/[.\-/]/g, '')
  if (row === undefined || document === undefined) return found(row ? [row] : [])
  const all = await contractRows({cpfcnpj: document}, line)
  if (all.outcome !== 'found') return all
  return found(all.data.filter((one) => textOf(one.clienteId) === customer))
}

async function connectionOf(row: Fields, line: ErpLine) {
  const contract = contractOf(row)
  const answer = await ask(line, 'ura/verificaacesso', {contrato: contract.contract_id, status_all: '1'})
  if (answer.outcome !== 'found') return answer
  const words = said(answer.data.msg) ?? ''
  const isOutage = /manuten/i.test(words)
  const state: ConnectionStatus['state'] =
    numberOf(answer.data.status) === 1 ? 'online' : /offline/i.test(words) || isOutage ? 'offline' : 'unknown'
  const blocked = contract.state === 'blocked'
  return found({
    contract_id: contract.contract_id,
    login: said(row.servico_login),
    state,
    blocked,
    reason: blocked ? (said(row.motivo_status) ?? contract.state_text) : null,
    since: null,
    notice: isOutage ? words : null,
  })
}
