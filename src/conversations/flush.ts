import {leaveQueue} from '../delivery/settle-accepted.ts'
import {toJson} from '../store/columns.ts'
import type {Row} from '../store/database.ts'
import {together} from '../store/together.ts'
import {type Batch, type ContactEntity, type ConversationEntity, placeOf, type SessionEntity} from './batch.ts'
import type {TenantTx} from './load.ts'

/**
 * Writes what a batch decided: one statement per table, parents before children, events last (the store sees to it). All
 * are handed over before the first is waited for: PostgreSQL works on one while the next is put together.
 */
export async function flush(tx: TenantTx, batch: Batch): Promise<void> {
  const {written} = batch
  const now = new Date(batch.now)
  const writing = [
    ...writeContacts(tx, [...batch.contacts.values()], now),
    tx.insertNew('contact_identities', ['kind', 'scope', 'value'], written.identities),
    tx.insert('contact_consents', written.consents),
    ...writeConversations(tx, [...batch.conversations.values()], now),
    tx.insert('messages', written.messages),
    tx.update('messages', ['id'], written.upgrades),
    tx.insertNew('message_statuses', ['whatsapp_message_id', 'status', 'participant'], written.statuses),
    tx.update('messages', ['id'], [...written.statusUpdates.values()]),
    // A session that ends frees its conversation for the next one, so endings are written first.
    ...writeSessions(tx, batch.ended, batch),
    ...writeSessions(tx, [...batch.sessions.values()], batch),
    tx.insert('outbox', written.outbox),
    ...(written.settled.length > 0 ? [leaveQueue(tx, {ids: written.settled})] : []),
    tx.insert('jobs', written.jobs),
  ]
  for (const event of written.events) tx.emit(event)
  await together(...writing)
}

function writeContacts(tx: TenantTx, all: readonly ContactEntity[], now: Date): Promise<void>[] {
  const rows = (state: ContactEntity['state']) =>
    all.filter((entity) => entity.state === state).map((entity) => contactRow(entity, now))
  return [tx.insert('contacts', rows('new')), tx.update('contacts', ['id'], rows('dirty'))]
}

function writeConversations(tx: TenantTx, all: readonly ConversationEntity[], now: Date): Promise<void>[] {
  const made = all.filter(({state}) => state === 'new')
  const changed = all.filter(({state}) => state === 'dirty')
  const [moved, stayed] = [
    changed.filter(({row, place}) => placeOf(row) !== place),
    changed.filter(({row, place}) => placeOf(row) === place),
  ]
  return [
    tx.insert(
      'conversations',
      made.map(({row}) => ({...fixedOf(row), ...movingOf(row), ...freeOf(row, now)})),
    ),
    tx.update(
      'conversations',
      ['id'],
      moved.map(({row}) => ({id: row.id, ...movingOf(row), ...freeOf(row, now)})),
    ),
    tx.update(
      'conversations',
      ['id'],
      stayed.map(({row}) => ({id: row.id, ...freeOf(row, now)})),
    ),
  ]
}

const contactRow = ({row}: ContactEntity, now: Date): Row => ({
  id: row.id,
  tenant_id: row.tenant_id,
  phone: row.phone,
  name: row.name,
  email: row.email,
  tags: row.tags ?? [],
  attributes: toJson(row.attributes ?? {}),
  opted_in: row.opted_in,
  created_at: row.created_at,
  updated_at: now,
})

type Conversation = ConversationEntity['row']

const fixedOf = (row: Conversation): Row => ({
  id: row.id,
  tenant_id: row.tenant_id,
  whatsapp_config_id: row.whatsapp_config_id,
  contact_id: row.contact_id,
  created_at: row.created_at,
})

const movingOf = (row: Conversation): Row => ({contact_phone: row.contact_phone, status: row.status})

const freeOf = (row: Conversation, now: Date): Row => ({
  contact_name: row.contact_name,
  assigned_to: row.assigned_to,
  holder: row.holder,
  held_until_at: row.held_until_at,
  reply_to: row.reply_to,
  last_inbound_at: row.last_inbound_at,
  tags: row.tags ?? [],
  metadata: toJson(row.metadata ?? {}),
  last_message_at: row.last_message_at,
  updated_at: now,
})

function writeSessions(tx: TenantTx, all: readonly SessionEntity[], {now}: Batch): Promise<void>[] {
  const made = all.filter(({state}) => state === 'new')
  const changed = all.filter(({state}) => state === 'dirty')
  return [
    tx.insert(
      'flow_sessions',
      made.map((entity) => ({...originOf(entity), ...stateOf(entity, now)})),
    ),
    tx.update(
      'flow_sessions',
      ['id'],
      changed.map((entity) => stateOf(entity, now)),
    ),
  ]
}

export const isLiving = (status: string): boolean =>
  status === 'active' || status === 'calling' || status === 'transferred'

const originOf = ({session, flowId, conversationId, contactId, configId}: SessionEntity): Row => ({
  flow_id: flowId,
  conversation_id: conversationId,
  contact_id: contactId,
  config_id: configId,
  started_at: new Date(session.startedAt),
})

function stateOf({session}: SessionEntity, now: number): Row {
  const alive = isLiving(session.status)
  return {
    id: session.id,
    current_node_id: session.node?.slice(0, 255) ?? null,
    context: toJson(session),
    status: session.status,
    release: session.release,
    due_at: alive ? new Date(Math.min(session.waiting?.until ?? session.expiresAt, session.expiresAt)) : null,
    expires_at: new Date(session.expiresAt),
    completed_at: alive ? null : new Date(now),
  }
}
