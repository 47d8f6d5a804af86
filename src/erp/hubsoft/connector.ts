import {type Connector, found} from '../connector.ts'
import {customers, everyone} from './customer.ts'
import {invoices, slip} from './invoice.ts'
import {plans} from './plan.ts'
import {status} from './status.ts'
import {findTicket, openTicket} from './ticket.ts'
import {ask, LABEL} from './wire.ts'

/** HubSoft, integration API v1. */
export const hubsoft: Connector = {
  type: 'hubsoft',
  label: LABEL,
  capabilities: {
    unsupported: {},
    onlineState: true,
    notes: [
      'Amounts are nominal: HubSoft does not say what fine and interest add.',
      'Prices of plans need the setting postal_code.',
      'At most 50 invoices of a customer are listed.',
    ],
    concurrency: 4,
    syncFloor: 6 * 3600,
    incremental: false,
  },
  credentials: {
    api_key: {about: 'client_id of the integration.'},
    api_secret: {about: 'client_secret of the integration.'},
    username: {about: 'E-mail of the integration user.'},
    password: {about: 'Password of the integration user.'},
  },
  settings: {
    ticket_type: 'Id of the type of tickets; SAC unless told.',
    postal_code: 'CEP whose plans are listed.',
  },
  customers,
  invoices,
  slip,
  status,
  openTicket,
  findTicket,
  plans,
  everyone,
  async probe(line) {
    const answer = await ask(line, {path: 'configuracao/tipo_atendimento'})
    return answer.outcome === 'found' ? found('The integration user may sign in and read.') : answer
  },
}
