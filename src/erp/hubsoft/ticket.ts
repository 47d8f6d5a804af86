import {fieldsOf, type Fields, itemsOf, textOf} from '../../base/read.ts'
import {type Answer, type ErpLine, found, type NewTicket, type Ticket} from '../connector.ts'
import {badInput, type ErpFailure, failure, notFoundThere} from '../errors.ts'
import {phonesOf, said} from '../reading.ts'
import {contractOf, customerRow, servicesOf} from './customer.ts'
import {ask} from './wire.ts'

export async function openTicket(ticket: NewTicket, line: ErpLine): Promise<Answer<Ticket>> {
  const row = await customerRow(ticket.customerId, line)
  if (row.outcome !== 'found') return row
  if (!row.data) return notFoundThere(`Customer ${ticket.customerId}`)
  const service = serviceFor(ticket, row.data)
  if ('outcome' in service) return service
  const phone = ticket.contactPhone ?? phonesOf(row.data.telefone_primario)[0]
  const json = {
    id_cliente_servico: service.id,
    descricao: `${ticket.title}\n\n${ticket.description}\n\nRef. ${ticket.reference}`,
    nome: ticket.contactName ?? said(row.data.nome_razaosocial) ?? '',
    telefone: nationalDigits(phone ?? ''),
    id_tipo_atendimento: line.connection.settings.ticket_type,
  }
  const answer = await ask(line, {method: 'POST', path: 'atendimento', json})
  if (answer.outcome !== 'found') return answer
  return found(ticketOf(fieldsOf(answer.data.atendimento), ticket.reference, false))
}

/** A ticket belongs to a service: the one named, else the only one that lives. */
function serviceFor({contractId}: NewTicket, row: Fields): {id: string} | ErpFailure {
  const living = servicesOf(row).filter((service) => contractOf(service).state !== 'cancelled')
  const ids = living.map((service) => contractOf(service).contract_id)
  if (contractId !== undefined)
    return ids.includes(contractId)
      ? {id: contractId}
      : badInput(`Contract ${contractId} is none of this customer's: ${ids.join(', ')}.`)
  const [only] = ids
  if (only !== undefined && ids.length === 1) return {id: only}
  if (only === undefined) return badInput('This customer has no living service to open a ticket for.')
  return failure('many', 'bad_input', `The customer has ${ids.length} services; say which one: ${ids.join(', ')}.`)
}

/** Area code and number, without 55. */
const nationalDigits = (phone: string) => phone.replace(/\D/g, '').replace(/^55(?=\d{10,11}$)/, '')

function ticketOf(row: Fields, reference: string, existing: boolean): Ticket {
  return {ticket_id: textOf(row.id_atendimento) ?? null, protocol: said(row.protocolo), reference, existing}
}

export async function findTicket(ticket: NewTicket, line: ErpLine): Promise<Answer<Ticket | undefined>> {
  const query = {busca: 'codigo_cliente', termo_busca: ticket.customerId, apenas_pendente: 'nao', limit: '50'}
  const answer = await ask(line, {path: 'cliente/atendimento', query})
  if (answer.outcome !== 'found') return answer
  const rows = itemsOf(answer.data.atendimentos).map(fieldsOf)
  const row = rows.find((one) => JSON.stringify(one).includes(ticket.reference))
  return found(row && ticketOf(row, ticket.reference, true))
}
