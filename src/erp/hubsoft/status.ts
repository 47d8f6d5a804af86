import {fieldsOf, type Fields} from '../../base/read.ts'
import {type Answer, type ConnectionStatus, type ErpLine, found} from '../connector.ts'
import {notFoundThere} from '../errors.ts'
import {itemsText, timeOf, said} from '../reading.ts'
import {contractOf, customerRow, servicesOf} from './customer.ts'

/** From the last session of each service; the vendor warns that it is not fully reliable. */
export async function status(customerId: string, line: ErpLine): Promise<Answer<ConnectionStatus>> {
  const row = await customerRow(customerId, line)
  if (row.outcome !== 'found') return row
  if (!row.data) return notFoundThere(`Customer ${customerId}`)
  const services = servicesOf(row.data).filter((service) => contractOf(service).state !== 'cancelled')
  const connections = services.map((service) => connectionOf(service, line.connection.timeZone))
  const shown =
    connections.find(({blocked}) => blocked) ?? connections.find(({state}) => state === 'offline') ?? connections[0]
  return found({
    customer_id: customerId,
    state: shown?.state ?? 'unknown',
    blocked: connections.length > 0 && connections.every(({blocked}) => blocked),
    reduced: services.some((service) => contractOf(service).state === 'reduced'),
    reason: shown?.blocked ? shown.reason : null,
    since: shown?.since ?? null,
    notice: row.data.alerta === true ? itemsText(row.data.alerta_mensagens) : null,
    connections,
  })
}

function connectionOf(service: Fields, timeZone: string) {
  const contract = contractOf(service)
  // An empty list stands for "never connected".
  const last = fieldsOf(service.ultima_conexao)
  const state: ConnectionStatus['state'] =
    last.conectado === true ? 'online' : last.conectado === false ? 'offline' : 'unknown'
  const changed = state === 'online' ? last.ultima_conexao_datetime : last.ultima_desconexao_datetime
  return {
    contract_id: contract.contract_id,
    login: said(service.login),
    state,
    blocked: contract.state === 'blocked',
    reason: contract.state === 'active' ? null : contract.state_text,
    since: timeOf(changed, timeZone),
  }
}
