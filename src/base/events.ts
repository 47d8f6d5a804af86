/** The catalogue of everything that is logged with a cursor: one line per type. */

/** Channel of `/ws` that carries it. */
export type EventChannel = 'messages' | 'conversations' | 'flows' | 'delivery' | 'webhooks' | 'system' | 'metrics'

export const eventChannels = {
  message_received: 'messages',
  message_queued: 'messages',
  message_sent: 'messages',
  message_delivered: 'messages',
  message_read: 'messages',
  message_failed: 'messages',
  message_unknown: 'messages',
  message_expired: 'messages',
  message_cancelled: 'messages',
  unanswered: 'messages',
  ignored: 'messages',
  stale: 'messages',
  conversation_created: 'conversations',
  conversation_updated: 'conversations',
  contact_created: 'conversations',
  contact_merged: 'conversations',
  contact_opted_out: 'conversations',
  contact_opted_in: 'conversations',
  invoice_overdue: 'conversations',
  flow_started: 'flows',
  flow_step: 'flows',
  flow_waiting: 'flows',
  flow_call: 'flows',
  flow_moved: 'flows',
  flow_ended: 'flows',
  flow_failed: 'flows',
  expression_error: 'flows',
  bot_loop: 'flows',
  release_published: 'flows',
  canary_changed: 'flows',
  lane_slowed: 'delivery',
  lane_stopped: 'delivery',
  lane_resumed: 'delivery',
  daily_limit_reached: 'delivery',
  webhook_rejected: 'webhooks',
  dead_lettered: 'webhooks',
  replayed: 'webhooks',
  hook_disabled: 'webhooks',
  template_updated: 'system',
  account_updated: 'system',
  number_connection: 'system',
  node_up: 'system',
  node_down: 'system',
  disarmed: 'system',
  metrics_updated: 'metrics',
} as const satisfies Record<string, EventChannel>

export type EventType = keyof typeof eventChannels

export const eventTypes = Object.keys(eventChannels) as EventType[]

export const isEventType = (text: string): text is EventType => Object.hasOwn(eventChannels, text)

/** One event as `tail` and `/ws` give it out. */
export interface EventRecord {
  cursor: string
  at: string
  type: string
  data: Record<string, unknown>
}

/** What an event tells to whoever is outside. The specification names fields that two types carry; they come on top of ours. */
export function eventData(type: string, data: Record<string, unknown>, at: string): Record<string, unknown> {
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
