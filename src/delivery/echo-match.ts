import type {Tx} from '../store/database.ts'
import {inList} from '../store/in-list.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'

/** An echo counts as ours when it matches something sent to that chat this recently. */
const RECENT_MS = 2 * 60_000

/** Something of ours whose echo may come. */
export interface EchoCandidate {
  id: string
  contactId: string
  configId: string
  type: string
  content: string | null
  providerId: string | null
  /** `sending` or `unknown` while the answer is missing; null when the outbox is through with it. */
  state: string | null
}

/** What was sent to these contacts a moment ago, oldest first. */
export async function echoCandidates(
  tx: Tx<TenantSchema>,
  contactIds: readonly string[],
  now: number,
): Promise<EchoCandidate[]> {
  const rows = await tx.db
    .selectFrom('messages')
    .leftJoin('outbox', 'outbox.id', 'messages.id')
    .select([
      'messages.id',
      'messages.contact_id',
      'messages.whatsapp_config_id',
      'messages.type',
      'messages.content',
      'messages.whatsapp_message_id',
      'outbox.state',
    ])
    .where(inList(tx.engine, 'messages.contact_id', contactIds))
    .where('messages.direction', '=', 'outbound')
    .where((e) =>
      e.or([e('messages.status_at', '>', new Date(now - RECENT_MS)), e('outbox.state', 'in', ['sending', 'unknown'])]),
    )
    .orderBy('messages.id')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    contactId: row.contact_id,
    configId: row.whatsapp_config_id,
    type: row.type,
    content: row.content,
    providerId: row.whatsapp_message_id,
    state: row.state,
  }))
}

/** Is this what the chat would show of that message? Menus go out as text with more around the words. */
export const showsAs = ({type, content}: Pick<EchoCandidate, 'type' | 'content'>, text: string): boolean =>
  type === 'interactive' ? content !== null && content !== '' && text.includes(content) : text === (content ?? '')
