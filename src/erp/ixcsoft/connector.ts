import {type Connector, found} from '../connector.ts'
import {customers, everyone} from './customer.ts'
import {invoices, openInvoices, slip} from './invoice.ts'
import {plans} from './plan.ts'
import {status} from './status.ts'
import {findTicket, openTicket} from './ticket.ts'
import {LABEL, readRows} from './wire.ts'

/** IXC Provedor, web service v1. */
export const ixcsoft: Connector = {
  type: 'ixcsoft',
  label: LABEL,
  capabilities: {
    unsupported: {},
    onlineState: true,
    notes: ['Amounts are nominal: IXC Soft does not say what fine and interest add.'],
    concurrency: 4,
    syncFloor: 300,
    incremental: true,
  },
  credentials: {api_key: {about: 'The token as the ERP shows it, ID:HEX.'}},
  settings: {
    ticket_subject: 'Id of the subject of tickets (su_oss_assunto).',
    ticket_department: 'Id of the department of tickets (su_ticket_setor).',
    ticket_process: 'Id of the process, where subjects need one.',
    ticket_priority: 'B, M, A or C; M unless told.',
    plans: 'Ids of the plans that are sold, separated by commas; all active ones unless told.',
  },
  customers,
  invoices,
  slip,
  status,
  openTicket,
  findTicket,
  plans,
  everyone,
  openInvoices,
  async probe(line) {
    const rows = await readRows(line, {table: 'cliente', where: {field: 'cliente.id', is: '>', value: '0'}, most: 1})
    return rows.outcome === 'found' ? found('The token may read customers.') : rows
  },
}
