import {fieldsOf, type Fields, itemsOf} from '../../base/read.ts'
import {type Answer, type ConnectionStatus, type ErpLine, found} from '../connector.ts'
import {pick, said} from '../reading.ts'
import {ask} from './wire.ts'

/** Blocked or reduced and why. Whether somebody is online the known services do not say. */
export async function status(customerId: string, line: ErpLine): Promise<Answer<ConnectionStatus>> {
  const answer = await ask(line, 'WSMKConexoesPorCliente', {cd_cliente: customerId})
  if (answer.outcome !== 'found') return answer
  const rows = itemsOf(pick(fieldsOf(answer.data), 'Conexoes')).map(fieldsOf)
  const connections = rows.map(connectionOf)
  const blocked = connections.find((one) => one.blocked)
  return found({
    customer_id: customerId,
    state: 'unknown',
    blocked: connections.length > 0 && connections.every((one) => one.blocked),
    reduced: rows.some((row) => isYes(pick(row, 'esta_reduzida'))),
    reason: blocked?.reason ?? null,
    since: null,
    notice: null,
    connections,
  })
}

const isYes = (value: unknown) => said(value)?.toLowerCase() === 'sim'

const connectionOf = (row: Fields) => ({
  contract_id: said(pick(row, 'contrato')),
  login: said(pick(row, 'username')),
  state: 'unknown' as const,
  blocked: isYes(pick(row, 'bloqueada')),
  reason: said(pick(row, 'motivo_bloqueio')),
  since: null,
})
