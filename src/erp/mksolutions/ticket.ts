import {fieldsOf, textOf} from '../../base/read.ts'
import {type Answer, type ErpLine, found, type NewTicket, type Ticket} from '../connector.ts'
import {badInput} from '../errors.ts'
import {pick, said} from '../reading.ts'
import {ask} from './wire.ts'

/** Tickets cannot be listed there, so one whose answer was lost stays in doubt. */
export async function openTicket(ticket: NewTicket, line: ErpLine): Promise<Answer<Ticket>> {
  const {ticket_process: process, ticket_class: kind, ticket_origin: origin} = line.connection.settings
  if (!process || !kind)
    return badInput(
      'Tickets in MK Solutions need ticket_process and ticket_class: pytake erp edit NAME --setting ticket_process=ID',
    )
  const answer = await ask(
    line,
    'WSMKNovoAtendimento',
    {
      ...{cd_cliente: ticket.customerId, cd_contrato: ticket.contractId},
      ...{cd_processo: process, cd_classificacao_ate: kind, origem_contato: origin ?? '1'},
      info: `${ticket.title}. ${ticket.description} Ref. ${ticket.reference}`,
    },
    {safe: false},
  )
  if (answer.outcome !== 'found') return answer
  const body = fieldsOf(answer.data)
  return found({
    ticket_id: textOf(pick(body, 'CodigoAtendimento')) ?? null,
    protocol: said(pick(body, 'Protocolo')),
    reference: ticket.reference,
    existing: false,
  })
}
