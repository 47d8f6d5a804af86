import {fieldsOf, type Fields, textOf} from '../../base/read.ts'
import {type Answer, type ErpLine, found, type NewTicket, type Ticket} from '../connector.ts'
import {badInput} from '../errors.ts'
import {said} from '../reading.ts'
import {ask, readRows} from './wire.ts'

export async function openTicket(ticket: NewTicket, line: ErpLine): Promise<Answer<Ticket>> {
  const {settings} = line.connection
  const missing = ['ticket_subject', 'ticket_department'].filter((name) => !settings[name])
  if (missing.length > 0)
    return badInput(
      `Tickets in IXC Soft need ${missing.join(' and ')}: pytake erp edit NAME --setting ${missing[0]}=ID`,
    )
  const json = {
    ...{tipo: 'C', id_cliente: ticket.customerId, id_contrato: ticket.contractId ?? ''},
    ...{id_assunto: settings.ticket_subject, id_ticket_setor: settings.ticket_department},
    ...{id_wfl_processo: settings.ticket_process ?? '', prioridade: settings.ticket_priority ?? 'M'},
    ...{titulo: ticket.title, menssagem: `${ticket.description}\n\nRef. ${ticket.reference}`},
    ...{su_status: 'N', origem_endereco: ticket.contractId === undefined ? 'C' : 'CC'},
  }
  const answer = await ask(line, {method: 'POST', path: '/webservice/v1/su_ticket', json, safe: false})
  if (answer.outcome !== 'found') return answer
  const body = fieldsOf(answer.data)
  const id = textOf(body.id) ?? null
  const protocol = said(body.protocolo) ?? (id === null ? null : await protocolOf(id, line))
  return found({ticket_id: id, protocol, reference: ticket.reference, existing: false})
}

/** The number people hear stands in the row only. A ticket without it is still a ticket. */
async function protocolOf(id: string, line: ErpLine): Promise<string | null> {
  const rows = await readRows(line, {table: 'su_ticket', where: {field: 'su_ticket.id', is: '=', value: id}, most: 1})
  return rows.outcome === 'found' ? said(rows.data[0]?.protocolo) : null
}

const LATEST = 50

export async function findTicket(ticket: NewTicket, line: ErpLine): Promise<Answer<Ticket | undefined>> {
  const rows = await readRows(line, {
    table: 'su_ticket',
    where: {field: 'su_ticket.id_cliente', is: '=', value: ticket.customerId},
    sort: 'su_ticket.id desc',
    most: LATEST,
  })
  if (rows.outcome !== 'found') return rows
  const row = rows.data.find((one) => textIn(one).includes(ticket.reference))
  if (!row) return found(undefined)
  return found({
    ticket_id: textOf(row.id) ?? null,
    protocol: said(row.protocolo),
    reference: ticket.reference,
    existing: true,
  })
}

const textIn = (row: Fields) => `${textOf(row.menssagem) ?? ''} ${textOf(row.titulo) ?? ''}`
