import {toJson} from '../store/columns.ts'
import type {Row} from '../store/database.ts'
import type {Batch, ContactEntity, ConversationEntity, Entity, SessionEntity} from './batch.ts'
import type {TenantTx} from './load.ts'

/** Writes what a batch decided: one statement per table, parents before children, events last (the store sees to it). */
export async function flush(tx: TenantTx, batch: Batch): Promise<void> {
  const {written} = batch
  const now = new Date(batch.now)
  await writeEntities(
    tx,
    'contacts',
    [...batch.contacts.values()].map((entity) => ({entity, row: contactRow(entity, now)})),
  )
  await tx.insertNew('contact_identities', ['kind', 'scope', 'value'], written.identities)
  await tx.insert('contact_consents', written.consents)
  await writeEntities(
    tx,
    'conversations',
    [...batch.conversations.values()].map((entity) => ({entity, row: conversationRow(entity, now)})),
  )
  await tx.insert('messages', written.messages)
  await tx.update('messages', ['id'], written.upgrades)
  await tx.insertNew('message_statuses', ['whatsapp_message_id', 'status', 'participant'], written.statuses)
  await tx.update('messages', ['id'], [...written.statusUpdates.values()])
  // A session that ends frees its conversation for the next one, so endings are written first.
  await writeSessions(tx, batch.ended, batch)
  await writeSessions(tx, [...batch.sessions.values()], batch)
  await tx.insert('outbox', written.outbox)
  for (const id of written.settled) await tx.db.deleteFrom('outbox').where('id', '=', id).execute()
  await tx.insert('jobs', written.jobs)
  for (const event of written.events) tx.emit(event)
}

async function writeEntities<R>(
  tx: TenantTx,
  table: 'contacts' | 'conversations',
  all: readonly {entity: Entity<R>; row: Row}[],
): Promise<void> {
  await tx.insert(
    table,
    all.filter(({entity}) => entity.state === 'new').map(({row}) => row),
  )
  await tx.update(
    table,
    ['id'],
    all.filter(({entity}) => entity.state === 'dirty').map(({row}) => row),
  )
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

const conversationRow = ({row}: ConversationEntity, now: Date): Row => ({
  id: row.id,
  tenant_id: row.tenant_id,
  whatsapp_config_id: row.whatsapp_config_id,
  contact_id: row.contact_id,
  contact_phone: row.contact_phone,
  contact_name: row.contact_name,
  status: row.status,
  assigned_to: row.assigned_to,
  holder: row.holder,
  held_until_at: row.held_until_at,
  reply_to: row.reply_to,
  last_inbound_at: row.last_inbound_at,
  tags: row.tags ?? [],
  metadata: toJson(row.metadata ?? {}),
  last_message_at: row.last_message_at,
  created_at: row.created_at,
  updated_at: now,
})

async function writeSessions(tx: TenantTx, all: readonly SessionEntity[], {now}: Batch): Promise<void> {
  const rows = (state: SessionEntity['state']) =>
    all.filter((entity) => entity.state === state).map((entity) => sessionRow(entity, now))
  await tx.insert('flow_sessions', rows('new'))
  await tx.update('flow_sessions', ['id'], rows('dirty'))
}

export const isLiving = (status: string): boolean =>
  status === 'active' || status === 'calling' || status === 'transferred'

function sessionRow({session, flowId, conversationId, contactId, configId}: SessionEntity, now: number): Row {
  const alive = isLiving(session.status)
  return {
    id: session.id,
    flow_id: flowId,
    conversation_id: conversationId,
    current_node_id: session.node?.slice(0, 255) ?? null,
    context: toJson(session),
    status: session.status,
    contact_id: contactId,
    config_id: configId,
    release: session.release,
    due_at: alive ? new Date(Math.min(session.waiting?.until ?? session.expiresAt, session.expiresAt)) : null,
    expires_at: new Date(session.expiresAt),
    started_at: new Date(session.startedAt),
    completed_at: alive ? null : new Date(now),
  }
}
