import {type Fields, textOf} from '../../base/read.ts'
import {type Answer, type ConnectionStatus, type ErpLine, found} from '../connector.ts'
import {notFoundThere} from '../errors.ts'
import {dayOf, idOf, said, timeOf} from '../reading.ts'
import {blockReasons, contractOf, contractsOf} from './customer.ts'
import {readRows} from './wire.ts'

/** Online state from the access accounts, the reason of a block from the contracts. */
export async function status(customerId: string, line: ErpLine): Promise<Answer<ConnectionStatus>> {
  const contracts = await contractsOf(customerId, line)
  if (contracts.outcome !== 'found') return contracts
  const where = {field: 'radusuarios.id_cliente', is: '=', value: customerId} as const
  const logins = await readRows(line, {table: 'radusuarios', where})
  if (logins.outcome !== 'found') return logins
  if (contracts.data.length === 0 && logins.data.length === 0) return notFoundThere(`Customer ${customerId}`)
  const living = contracts.data.filter((row) => contractOf(row).state !== 'cancelled')
  const connections = logins.data.map((row) => connectionOf(row, living, line))
  const blocked = living.find((row) => contractOf(row).state === 'blocked')
  const shown =
    connections.find(({blocked: off}) => off) ?? connections.find(({state}) => state === 'offline') ?? connections[0]
  return found({
    customer_id: customerId,
    state: shown?.state ?? 'unknown',
    blocked: blocked !== undefined && living.every((row) => contractOf(row).state !== 'active'),
    reduced: living.some((row) => contractOf(row).state === 'reduced'),
    reason: blocked ? reasonOf(blocked) : null,
    since: blocked ? dayOf(blocked.dt_ult_bloq_auto) : (shown?.since ?? null),
    notice: null,
    connections,
  })
}

const reasonOf = (row: Fields) => blockReasons[textOf(row.status_internet) ?? ''] ?? null

function connectionOf(row: Fields, contracts: readonly Fields[], line: ErpLine) {
  const contractId = idOf(row.id_contrato)
  const contract = contracts.find((one) => textOf(one.id) === contractId)
  const state: ConnectionStatus['state'] = row.online === 'S' ? 'online' : row.online === 'N' ? 'offline' : 'unknown'
  const blocked = contract !== undefined && contractOf(contract).state === 'blocked'
  const changed = state === 'online' ? row.ultima_conexao_inicial : row.ultima_conexao_final
  return {
    contract_id: contractId,
    login: said(row.login),
    state,
    blocked,
    reason: blocked ? reasonOf(contract) : said(row.motivo_desconexao),
    since: timeOf(changed, line.connection.timeZone),
  }
}
