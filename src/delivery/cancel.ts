import type {Tx} from '../store/database.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'

/**
 * Takes a message out of the queue, while it is queued or claimed only: what is on the wire cannot be called back. False
 * when it was too late.
 */
export async function cancelQueued(tx: Tx<TenantSchema>, id: string, now: number): Promise<boolean> {
  const {numDeletedRows} = await tx.db
    .deleteFrom('outbox')
    .where('id', '=', id)
    .where('state', 'in', ['queued', 'claimed'])
    .executeTakeFirst()
  if (numDeletedRows === 0n) return false
  await tx.update('messages', ['id'], [{id, status: 'cancelled', status_at: new Date(now)}])
  const row = await tx.db
    .selectFrom('messages')
    .innerJoin('conversations', 'conversations.id', 'messages.conversation_id')
    .select([
      'messages.conversation_id',
      'messages.contact_id',
      'messages.whatsapp_config_id',
      'conversations.contact_name',
      'conversations.contact_phone',
    ])
    .where('messages.id', '=', id)
    .executeTakeFirst()
  tx.emit({
    type: 'message_cancelled',
    at: now,
    data: {
      conversation_id: row?.conversation_id,
      contact_id: row?.contact_id,
      config_id: row?.whatsapp_config_id,
      contact_name: row?.contact_name ?? null,
      contact_phone: row?.contact_phone ?? null,
      message_id: id,
      direction: 'outbound',
      status: 'cancelled',
    },
  })
  return true
}
