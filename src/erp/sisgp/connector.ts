import {fieldsOf, itemsOf, textOf} from '../../base/read.ts'
import {type Connector, found} from '../connector.ts'
import {centsOrNull, said} from '../reading.ts'
import {customers, everyone} from './customer.ts'
import {invoices, slip} from './invoice.ts'
import {status} from './status.ts'
import {findTicket, openTicket} from './ticket.ts'
import {ask, LABEL} from './wire.ts'

/** SGP of TSMX: what the specification calls SisGP. */
export const sisgp: Connector = {
  type: 'sisgp',
  label: LABEL,
  capabilities: {
    unsupported: {},
    onlineState: true,
    notes: [
      'SisGP is taken to mean SGP of TSMX (sgp.net.br).',
      'A second copy is given of open invoices only, with what fine and interest add.',
      'It does not say since when a connection is as it is.',
    ],
    concurrency: 4,
    syncFloor: 3600,
    incremental: false,
  },
  credentials: {
    api_key: {about: 'The token of the application.'},
    app: {about: 'Name of the application that the token belongs to, in exactly its letters.'},
  },
  settings: {
    ticket_type: 'Id of the type of occurrence of tickets; 5 unless told.',
    ticket_opens_order: 'yes opens a service order with each ticket.',
    plans: 'Ids of the plans that are sold, separated by commas; all unless told.',
  },
  customers,
  invoices,
  slip,
  status,
  openTicket,
  findTicket,
  async plans(line) {
    const answer = await ask(line, 'ura/consultaplano')
    if (answer.outcome !== 'found') return answer
    const allowed = line.connection.settings.plans?.split(',').map((id) => id.trim())
    const rows = itemsOf(answer.data.planos).map(fieldsOf)
    return found(
      rows
        .filter((row) => allowed?.includes(textOf(row.id) ?? '') ?? true)
        .map((row) => ({
          plan_id: textOf(row.id) ?? '',
          name: said(row.descricao) ?? '',
          description: null,
          price_cents: centsOrNull(row.preco),
          currency: 'BRL' as const,
          ...{download_mbps: null, upload_mbps: null},
        })),
    )
  },
  everyone,
  async probe(line) {
    const answer = await ask(line, 'ura/planoscontas')
    return answer.outcome === 'found' ? found('Token and application are accepted.') : answer
  },
}
