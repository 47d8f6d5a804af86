import {type Connector, found} from '../connector.ts'
import {unsupported} from '../errors.ts'
import {customers, everyone} from './customer.ts'
import {invoices, slip} from './invoice.ts'
import {status} from './status.ts'
import {openTicket} from './ticket.ts'
import {ask, LABEL} from './wire.ts'

const NO_PLANS = 'MK Solutions has no service that lists the plans on offer.'

/** MK Solutions (MK30), `.rule` services. */
export const mksolutions: Connector = {
  type: 'mksolutions',
  label: LABEL,
  capabilities: {
    unsupported: {plans: NO_PLANS},
    onlineState: false,
    notes: [
      'It says who is blocked, not who is online.',
      'Tickets cannot be listed: one whose answer is lost ends as unknown.',
      'Paid invoices need a service (WSMKFaturas) that MK Solutions enables for the profile.',
    ],
    concurrency: 1,
    syncFloor: 3600,
    incremental: false,
  },
  credentials: {
    api_key: {about: 'Token of the web-service user.'},
    api_secret: {about: 'Counter-password (contra-senha).'},
  },
  settings: {
    service_id: 'Id of the service that is signed in to; 9999, all of them, unless told.',
    ticket_process: 'Id of the process of tickets.',
    ticket_class: 'Id of the classification of tickets.',
    ticket_origin: 'Id of the origin of tickets; 1 unless told.',
  },
  customers,
  invoices,
  slip,
  status,
  openTicket,
  plans: () => Promise.resolve(unsupported(NO_PLANS)),
  everyone,
  async probe(line) {
    const answer = await ask(line, 'WSMKListaProcessos', {})
    return answer.outcome === 'found' || answer.outcome === 'not_found'
      ? found('The token may sign in and read.')
      : answer
  },
}
