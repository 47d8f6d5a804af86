import type {Conversation} from '../operations/conversations.ts'
import {nameAndPhone} from './contact-rows.ts'
import type {Cell, Columns} from './output.ts'

export const conversationColumns: Columns<Conversation> = {
  id: ({id}) => id,
  contact: nameAndPhone,
  status: ({status}) => status,
  holder: holderOf,
  tags: ({tags}) => tags.join(', '),
  last_message_at: ({last_message_at: at}) => at,
}

const nameIn = (metadata: Conversation['metadata'], field: string): string | undefined => {
  const value = metadata?.[field]
  return typeof value === 'string' ? value : undefined
}

function holderOf({holder, assigned_to: assigned, metadata}: Conversation): string {
  if (holder === 'bot') return holder
  return [holder, nameIn(metadata, 'user') ?? assigned ?? nameIn(metadata, 'queue')].filter(Boolean).join(': ')
}

export const conversationFields = (conversation: Conversation): Record<string, Cell> => ({
  id: conversation.id,
  contact: nameAndPhone(conversation),
  contact_id: conversation.contact_id,
  whatsapp_config_id: conversation.whatsapp_config_id,
  status: conversation.status,
  holder: holderOf(conversation),
  queue: nameIn(conversation.metadata, 'queue'),
  note: nameIn(conversation.metadata, 'note'),
  held_until_at: conversation.held_until_at ?? undefined,
  tags: conversation.tags.join(', '),
  last_inbound_at: conversation.last_inbound_at,
  last_message_at: conversation.last_message_at,
  created_at: conversation.created_at,
})
