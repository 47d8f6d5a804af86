import {digestOf} from '../base/digest.ts'
import type {Runtime} from '../runtime/runtime.ts'
import type {TenantDb} from '../store/stores.ts'
import type {Answer, NewTicket, Ticket} from './connector.ts'
import {type ErpFailure, failure} from './errors.ts'
import {connectors} from './registry.ts'
import type {Wire} from './wire.ts'

type Deps = Pick<Runtime, 'clock'>

/** Failures after which surely no ticket was opened. */
const certain = new Set([
  'bad_input',
  'credentials',
  'permission',
  'refused',
  'resting',
  'busy',
  'tls',
  'unreachable',
  'not_found',
])

/** The reference that stands in a ticket: short, the same for the same cause, and not to be guessed from another. */
export const referenceOf = (cause: string): string =>
  `PYT-${digestOf(cause)
    .replace(/[^A-Za-z0-9]/g, '')
    .slice(0, 10)
    .toUpperCase()}`

/**
 * Opens a ticket at most once per reference. It is noted before anything is sent; a reference that was noted before is
 * looked up, never sent again. Where the ERP cannot list tickets a lost answer stays `unknown`.
 */
export async function openTicketOnce(
  deps: Deps,
  {db, wire}: {db: TenantDb; wire: Wire},
  ticket: NewTicket,
  options: {timeoutMs?: number; signal?: AbortSignal} = {},
): Promise<Answer<Ticket>> {
  const now = new Date(deps.clock.now())
  const noted = {
    ...{reference: ticket.reference, connection_id: wire.connection.id, customer_id: ticket.customerId},
    ...{state: 'opening', ticket_id: null, protocol: null, created_at: now, updated_at: now},
  }
  const line = wire.open(options.timeoutMs, options.signal)
  try {
    const connector = connectors[wire.connection.type]
    const [isNew] = await db.write((tx) => tx.insertNew('erp_tickets', ['reference'], [noted]))
    if (!isNew) {
      const earlier = await earlierTicket(db, ticket.reference)
      if (earlier !== 'again') return earlier ?? (await settled(deps, db, ticket, await lookFor()))
    }
    const answer = await connector.openTicket(ticket, line)
    if (answer.outcome === 'found') return await settled(deps, db, ticket, answer)
    if (certain.has(answer.code)) {
      await keep(deps, db, ticket.reference, {state: 'refused'})
      return answer
    }
    return await settled(deps, db, ticket, await lookFor())

    async function lookFor(): Promise<Answer<Ticket>> {
      const seen = await connector.findTicket?.(ticket, line)
      return seen?.outcome === 'found' && seen.data ? {outcome: 'found', data: seen.data} : inDoubt(ticket.reference)
    }
  } finally {
    line.close()
  }
}

export const inDoubt = (reference: string): ErpFailure =>
  failure(
    'unknown',
    'unsure',
    `Nobody knows whether the ticket was opened. Its reference is ${reference}.`,
    `Look for ${reference} in the ERP before opening another one.`,
  )

/** What became of the same reference before: a ticket, nothing that is known, or a refusal that may be tried again. */
async function earlierTicket(db: TenantDb, reference: string): Promise<Answer<Ticket> | 'again' | undefined> {
  const row = await db.read((q) =>
    q.selectFrom('erp_tickets').selectAll().where('reference', '=', reference).executeTakeFirst(),
  )
  if (row?.state === 'refused') return 'again'
  if (row?.state !== 'opened') return undefined
  const {ticket_id: id, protocol} = row
  return {outcome: 'found', data: {ticket_id: id, protocol, reference, existing: true}}
}

async function settled(
  deps: Deps,
  db: TenantDb,
  {reference}: NewTicket,
  answer: Answer<Ticket>,
): Promise<Answer<Ticket>> {
  if (answer.outcome !== 'found') return answer
  const {ticket_id: id, protocol} = answer.data
  await keep(deps, db, reference, {state: 'opened', ticket_id: id, protocol})
  return answer
}

const keep = (
  {clock}: Deps,
  db: TenantDb,
  reference: string,
  change: {state: string; ticket_id?: string | null; protocol?: string | null},
) =>
  db.write((tx) => tx.update('erp_tickets', ['reference'], [{reference, ...change, updated_at: new Date(clock.now())}]))
