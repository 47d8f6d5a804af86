import type {Message} from '../operations/message-row.ts'
import {nameAndPhone} from './contact-rows.ts'
import type {Cell, Columns} from './output.ts'

export const messageColumns: Columns<Message> = {
  id: ({id}) => id,
  created_at: ({created_at: at}) => at,
  '': ({direction}) => (direction === 'inbound' ? '←' : '→'),
  contact: nameAndPhone,
  type: ({type}) => type,
  status: ({status}) => status,
  content: ({content}) => content,
  error: ({error_message: error, reason}) => error ?? reason,
}

export const messageFields = (message: Message): Record<string, Cell> => ({
  id: message.id,
  conversation_id: message.conversation_id,
  whatsapp_config_id: message.whatsapp_config_id,
  contact: nameAndPhone(message),
  contact_id: message.contact_id,
  direction: message.direction,
  type: message.type,
  content: message.content,
  media_url: message.media_url ?? undefined,
  status: message.status,
  status_at: message.status_at,
  error_message: message.error_message ?? undefined,
  next_step: message.next_step ?? undefined,
  reason: message.reason ?? undefined,
  whatsapp_message_id: message.whatsapp_message_id,
  created_at: message.created_at,
})

/** How a message stands, for whoever waits for it. */
export function outcomeOf({status}: Pick<Message, 'status'>): 'sent' | 'failed' | 'pending' {
  if (['sent', 'delivered', 'read', 'played'].includes(status ?? '')) return 'sent'
  return ['failed', 'expired', 'cancelled'].includes(status ?? '') ? 'failed' : 'pending'
}
