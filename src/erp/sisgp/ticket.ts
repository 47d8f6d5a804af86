import {fieldsOf, itemsOf, numberOf, textOf} from '../../base/read.ts'
import {type Answer, type ErpLine, found, type NewTicket, type Ticket} from '../connector.ts'
import {badInput, refusedBy} from '../errors.ts'
import {said} from '../reading.ts'
import {ask, keyOf, LABEL, NEEDS_CONTRACT} from './wire.ts'

const contractOf = ({contractId, customerId}: NewTicket) => contractId ?? keyOf(customerId)?.contract

export async function openTicket(ticket: NewTicket, line: ErpLine): Promise<Answer<Ticket>> {
  const contract = contractOf(ticket)
  if (contract === undefined) return badInput(NEEDS_CONTRACT)
  const {settings} = line.connection
  const fields = {
    ...{contrato: contract, ocorrenciatipo: settings.ticket_type ?? '5', conteudolimpo: '1'},
    conteudo: `${ticket.title}\n\n${ticket.description}\n\nRef. ${ticket.reference}`,
    ...{contato_nome: ticket.contactName, contato_telefone: ticket.contactPhone},
    // SGP opens a service order with each ticket unless told not to.
    desativa_os: settings.ticket_opens_order === 'yes' ? undefined : '1',
  }
  const answer = await ask(line, 'ura/chamado', fields, {safe: false})
  if (answer.outcome !== 'found') return answer
  const protocol = said(answer.data.protocolo)
  if (numberOf(answer.data.status) !== 1 && protocol === null) return refusedBy(LABEL, textOf(answer.data.msg) ?? '')
  return found({ticket_id: protocol, protocol, reference: ticket.reference, existing: false})
}

export async function findTicket(ticket: NewTicket, line: ErpLine): Promise<Answer<Ticket | undefined>> {
  const contract = contractOf(ticket)
  if (contract === undefined) return badInput(NEEDS_CONTRACT)
  const answer = await ask(line, 'ura/ocorrencia/list', {contrato: contract})
  if (answer.outcome !== 'found') return answer
  const rows = itemsOf(answer.data.ocorrencias).map(fieldsOf)
  const row = rows.find((one) => JSON.stringify(one).includes(ticket.reference))
  const number = row === undefined ? null : said(row.numero)
  return found(row && {ticket_id: number, protocol: number, reference: ticket.reference, existing: true})
}
