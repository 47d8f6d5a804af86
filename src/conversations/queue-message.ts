import type {Content} from '../base/message.ts'
import {readableText} from '../base/message.ts'
import {notFound} from '../base/errors.ts'
import {type ContactRef, findOrAddContact} from '../contacts/find.ts'
import {outboundRows} from '../delivery/enqueue.ts'
import type {OutboundMeta} from '../messages/rows.ts'
import type {Runtime} from '../runtime/runtime.ts'
import type {Tx} from '../store/database.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import type {TenantDb} from '../store/stores.ts'
import {isConflict} from '../store/unavailable.ts'
import {openConversation} from './open.ts'

type TenantTx = Tx<TenantSchema>

export interface Outgoing {
  id: string
  /** `+` and digits of somebody who may be new to us, or a contact that is there. */
  to: {phone: string} | {contactId: string}
  configId: string
  content: Content
  purpose: 'reply' | 'marketing'
  meta?: Omit<OutboundMeta, 'content'>
}

type Deps = Pick<Runtime, 'ids' | 'clock'>

/** Queues a message that a person or a program asked for. Person and conversation are found, or made. */
export async function queueMessage(deps: Deps, db: TenantDb, out: Outgoing): Promise<void> {
  const write = () => db.write((tx) => queueIn(tx, deps, {...out, tenantId: db.name}))
  try {
    await write()
  } catch (error) {
    // Somebody made the same contact or conversation at that moment: now it is found.
    if (!isConflict(error)) throw error
    await write()
  }
}

/** The same inside a transaction that has more to write. */
export async function queueIn(tx: TenantTx, {ids, clock}: Deps, out: Outgoing & {tenantId: string}): Promise<void> {
  const {id, tenantId, configId, content, purpose, meta} = out
  const now = clock.now()
  const contact =
    'phone' in out.to
      ? await findOrAddContact(tx, {phone: out.to.phone, tenantId, ids, now})
      : await contactById(tx, out.to.contactId)
  const conversation = await openConversation(tx, {contact, configId, tenantId, now, ids})
  if (!conversation) throw notFound(`An address of ${contact.name ?? contact.id} on this number`)
  const {message, outbox} = outboundRows({
    id,
    conversationId: conversation.id,
    configId,
    contactId: contact.id,
    address: conversation.address,
    content,
    purpose,
    meta,
    now,
  })
  await tx.insert('messages', [message])
  await tx.insert('outbox', [outbox])
  await tx.update('conversations', ['id'], [{id: conversation.id, last_message_at: new Date(now)}])
  tx.emit({
    type: 'message_queued',
    at: now,
    data: {
      conversation_id: conversation.id,
      contact_id: contact.id,
      config_id: configId,
      contact_name: contact.name,
      contact_phone: contact.phone,
      message_id: id,
      direction: 'outbound',
      kind: content.kind,
      text: readableText(content),
      ...(meta?.by === undefined ? {} : {by: meta.by}),
    },
  })
}

async function contactById(tx: TenantTx, id: string): Promise<ContactRef> {
  const row = await tx.db.selectFrom('contacts').select(['id', 'phone', 'name']).where('id', '=', id).executeTakeFirst()
  if (!row) throw notFound(`Contact "${id}"`)
  return row
}
