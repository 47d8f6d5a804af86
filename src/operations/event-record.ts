import type {EventRecord} from '../base/events.ts'
import {formatPlace, type LogEvent} from './event-logs.ts'

/** An event as everybody outside gets it: `tail`, `/ws` and `GET /events` say the same (rules 6.5). */
export function eventRecord({place, type, data, at}: Pick<LogEvent, 'place' | 'type' | 'data' | 'at'>): EventRecord {
  const time = at.toISOString()
  return {cursor: formatPlace(place), at: time, type, data: withSpecified(type, data, time)}
}

/** The specification names fields that two of its events carry; they come on top of ours. */
function withSpecified(type: string, data: Record<string, unknown>, at: string): Record<string, unknown> {
  if (type === 'conversation_updated') return {id: data.conversation_id, ...data}
  if (type !== 'message_received') return data
  const message = {
    id: data.message_id,
    conversation_id: data.conversation_id,
    direction: 'inbound',
    type: data.kind,
    content: data.text,
    status: 'received',
    whatsapp_message_id: data.whatsapp_message_id,
    created_at: at,
  }
  return {...data, message}
}
