import type {Selectable} from 'kysely'
import type {Session} from '../flow/session.ts'
import {toJson} from '../store/columns.ts'
import type {Tx} from '../store/database.ts'
import type {Contacts, Conversations} from '../store/schema/messaging.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import {subjectOf} from './subject.ts'

type TenantTx = Tx<TenantSchema>
type Contact = Selectable<Contacts>
type Conversation = Selectable<Conversations>

/**
 * Several contacts turned out to be one person: everything of the others goes to the oldest, whose id is answered.
 * Whoever opted out stays out, and at most one conversation per number stays open.
 */
export async function mergePeople(tx: TenantTx, ids: readonly string[], now: number): Promise<string> {
  // The rows are held in one order, so that two nodes that write to the same people do not block one another.
  const query = tx.db
    .selectFrom('contacts')
    .selectAll()
    .where('id', 'in', [...ids])
    .orderBy('id')
  const rows = await (tx.engine === 'postgres' ? query.forUpdate() : query).execute()
  const [kept, ...others] = rows.sort(
    (a, b) => a.created_at.getTime() - b.created_at.getTime() || (a.id < b.id ? -1 : 1),
  )
  if (!kept) throw new Error(`None of the contacts ${ids.join(', ')} is there.`)
  let merged = kept
  for (const other of others) merged = await mergeOne(tx, merged, other, now)
  return kept.id
}

async function mergeOne(tx: TenantTx, kept: Contact, other: Contact, now: number): Promise<Contact> {
  const merged: Contact = {
    ...kept,
    phone: kept.phone ?? other.phone,
    name: kept.name ?? other.name,
    email: kept.email ?? other.email,
    tags: [...new Set([...(kept.tags ?? []), ...(other.tags ?? [])])],
    attributes: {...other.attributes, ...kept.attributes},
    opted_in: kept.opted_in && other.opted_in,
  }
  await closeDoubles(tx, kept.id, other.id, now)
  await moveRows(tx, kept.id, other.id)
  await tx.db.deleteFrom('contacts').where('id', '=', other.id).execute()
  const {id, phone, name, email, tags, attributes, opted_in} = merged
  await tx.update(
    'contacts',
    ['id'],
    [{id, phone, name, email, tags, attributes: toJson(attributes ?? {}), opted_in, updated_at: new Date(now)}],
  )
  tx.emit({
    type: 'contact_merged',
    at: now,
    data: {contact_id: id, merged_contact_id: other.id, contact_name: name, contact_phone: phone},
  })
  return merged
}

/** Everything that names the contact. What is on its way is found by its conversation, as messages have no index by contact. */
async function moveRows(tx: TenantTx, kept: string, other: string): Promise<void> {
  const theirs = tx.db.selectFrom('conversations').select('id').where('contact_id', '=', other)
  for (const table of ['outbox', 'messages', 'flow_sessions'] as const)
    await tx.db.updateTable(table).set({contact_id: kept}).where('conversation_id', 'in', theirs).execute()
  for (const table of ['conversations', 'contact_identities', 'erp_customers', 'erp_invoices'] as const)
    await tx.db.updateTable(table).set({contact_id: kept}).where('contact_id', '=', other).execute()
  const consents = await tx.db.selectFrom('contact_consents').selectAll().where('contact_id', '=', other).execute()
  await tx.insertNew(
    'contact_consents',
    ['contact_id', 'purpose', 'created_at'],
    consents.map((consent) => ({...consent, contact_id: kept})),
  )
  await tx.db.deleteFrom('contact_consents').where('contact_id', '=', other).execute()
  // What one person asked under two names counts together.
  const lookups = await tx.db.selectFrom('erp_lookups').selectAll().where('contact_id', '=', other).execute()
  await tx.insertNew(
    'erp_lookups',
    ['contact_id', 'day', 'mark'],
    lookups.map((lookup) => ({...lookup, contact_id: kept})),
  )
  await tx.db.deleteFrom('erp_lookups').where('contact_id', '=', other).execute()
}

/** Where both have an open conversation on a number, the one that a person holds stays, else the livelier one. */
async function closeDoubles(tx: TenantTx, kept: string, other: string, now: number): Promise<void> {
  const query = tx.db
    .selectFrom('conversations')
    .selectAll()
    .where('contact_id', 'in', [kept, other])
    .where('status', 'in', ['active', 'waiting'])
    .orderBy('id')
  const open = await (tx.engine === 'postgres' ? query.forUpdate() : query).execute()
  for (const mine of open.filter((row) => row.contact_id === kept)) {
    const theirs = open.find((row) => row.contact_id === other && row.whatsapp_config_id === mine.whatsapp_config_id)
    if (!theirs) continue
    const [stays, goes] = rank(theirs) > rank(mine) ? [theirs, mine] : [mine, theirs]
    await close(tx, goes, now)
    // The 24-hour window belongs to person and number.
    const heard = [stays, goes].flatMap(({last_inbound_at: at}) => (at ? [at.getTime()] : []))
    if (heard.length > 0)
      await tx.update('conversations', ['id'], [{id: stays.id, last_inbound_at: new Date(Math.max(...heard))}])
  }
}

const rank = ({holder, last_message_at: last}: Conversation) =>
  (holder === 'bot' ? 0 : Number.MAX_SAFE_INTEGER / 2) + (last?.getTime() ?? 0)

async function close(tx: TenantTx, row: Conversation, now: number): Promise<void> {
  const at = new Date(now)
  const change = {status: 'resolved', holder: 'bot', held_until_at: null}
  await tx.update('conversations', ['id'], [{id: row.id, ...change, updated_at: at}])
  tx.emit({
    type: 'conversation_updated',
    at: now,
    data: {
      id: row.id,
      ...subjectOf(row),
      status: 'resolved',
      reason: 'merged',
    },
  })
  const living = await tx.db
    .selectFrom('flow_sessions')
    .select(['id', 'context'])
    .where('conversation_id', '=', row.id)
    .where('status', 'in', ['active', 'calling', 'transferred'])
    .executeTakeFirst()
  if (living) await endSession(tx, row, living.context as unknown as Session, now)
}

async function endSession(tx: TenantTx, row: Conversation, session: Session, now: number): Promise<void> {
  const {id, flow, release, node} = session
  const ended: Session = {...session, status: 'replaced', waiting: undefined, result: {reason: 'merged'}}
  await tx.update(
    'flow_sessions',
    ['id'],
    [{id, status: 'replaced', context: toJson(ended), due_at: null, completed_at: new Date(now)}],
  )
  tx.emit({
    type: 'flow_ended',
    at: now,
    data: {
      conversation_id: row.id,
      contact_id: row.contact_id,
      config_id: row.whatsapp_config_id,
      session: id,
      flow,
      release,
      node,
      status: 'replaced',
      reason: 'merged',
    },
  })
}
