import {sql} from 'kysely'
import type {Content} from '../base/message.ts'
import type {OutboundMeta} from '../messages/rows.ts'
import type {Tx} from '../store/database.ts'
import {inList} from '../store/in-list.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'

type TenantTx = Tx<TenantSchema>

/** A claimed message with all that the gate and the channel need. */
export interface Claimed {
  id: string
  conversationId: string
  contactId: string
  recipient: string
  priority: number
  purpose: string
  attempts: number
  expiresAt: number
  content: Content
  fallback?: Content
  replyTo?: string
  /** The step of a flow that said it. */
  step?: {flow: string; node: string}
  optedIn: boolean
  lastInboundAt: number | null
  contactName: string | null
  contactPhone: string | null
  queuedAt: number
}

/**
 * Claims what is due, replies first. One message per recipient at a time: the next one becomes claimable when the one
 * before it has left the queue, which keeps the order per recipient (design, section 6).
 */
export async function claim(
  tx: TenantTx,
  configId: string,
  epoch: number,
  options: {now: number; limit: number},
): Promise<Claimed[]> {
  const {rows: picked} = await sql<{id: string}>`
    SELECT o.id FROM outbox o
    WHERE o.config_id = ${configId} AND o.state = 'queued' AND o.due_at <= ${new Date(options.now)}
      AND NOT EXISTS (
        SELECT 1 FROM outbox e WHERE e.config_id = o.config_id AND e.recipient = o.recipient AND e.id < o.id
          AND e.priority <= o.priority AND e.state IN ('queued', 'claimed', 'sending'))
    ORDER BY o.priority, o.due_at, o.id LIMIT ${options.limit}`.execute(tx.db)
  if (picked.length === 0) return []
  const ids = picked.map(({id}) => id)
  await tx.update(
    'outbox',
    ['id'],
    ids.map((id) => ({id, state: 'claimed', epoch, reason: null})),
  )
  return load(tx, ids)
}

async function load(tx: TenantTx, ids: readonly string[]): Promise<Claimed[]> {
  const rows = await tx.db
    .selectFrom('outbox')
    .innerJoin('messages', 'messages.id', 'outbox.id')
    .innerJoin('conversations', 'conversations.id', 'outbox.conversation_id')
    .innerJoin('contacts', 'contacts.id', 'outbox.contact_id')
    .select([
      'outbox.id',
      'outbox.conversation_id',
      'outbox.contact_id',
      'outbox.recipient',
      'outbox.priority',
      'outbox.purpose',
      'outbox.attempts',
      'outbox.expires_at',
      'outbox.created_at',
      'messages.metadata',
      'contacts.opted_in',
      'conversations.last_inbound_at',
      'conversations.contact_name',
      'conversations.contact_phone',
    ])
    .where(inList(tx.engine, 'outbox.id', ids))
    .orderBy('outbox.priority')
    .orderBy('outbox.id')
    .execute()
  return rows.map((row) => {
    const meta = row.metadata as unknown as OutboundMeta
    return {
      id: row.id,
      conversationId: row.conversation_id,
      contactId: row.contact_id,
      recipient: row.recipient,
      priority: row.priority,
      purpose: row.purpose,
      attempts: row.attempts,
      expiresAt: row.expires_at.getTime(),
      content: meta.content,
      fallback: meta.fallback,
      replyTo: meta.reply_to,
      step: meta.flow,
      optedIn: row.opted_in,
      lastInboundAt: row.last_inbound_at?.getTime() ?? null,
      contactName: row.contact_name,
      contactPhone: row.contact_phone,
      queuedAt: row.created_at.getTime(),
    }
  })
}
