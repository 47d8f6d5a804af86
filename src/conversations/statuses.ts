import type {EventType} from '../base/events.ts'
import type {StatusUpdate} from '../channels/channel.ts'
import {failureData, failureStep, failureText} from '../channels/errors.ts'
import {afterStatus} from '../messages/status.ts'
import {toJson} from '../store/columns.ts'
import {type Batch, knownKey, type KnownMessage, tell} from './batch.ts'

const eventOf: Record<string, EventType> = {
  sent: 'message_sent',
  delivered: 'message_delivered',
  read: 'message_read',
  played: 'message_read',
  failed: 'message_failed',
}

/**
 * A status is a fact kept by the provider's id, whether or not the message is known yet: the sender joins it when it
 * learns the id. What people see is the highest so far.
 */
export function recordStatus(batch: Batch, configId: string, status: StatusUpdate): void {
  const at = new Date(status.at ?? batch.now)
  batch.written.statuses.push({
    whatsapp_message_id: status.providerId.slice(0, 255),
    status: status.status,
    participant: status.participant?.slice(0, 255) ?? '',
    data: toJson({
      error: status.error,
      pricing: status.pricing,
      conversation: status.conversation,
      callback: status.callbackData,
    }),
    created_at: at,
  })
  if (status.participant) return
  const message = batch.known.get(knownKey(configId, status.providerId)) ?? settledByCallback(batch, configId, status)
  if (!message || message.direction !== 'outbound') return
  const next = afterStatus(message.status, status.status)
  if (next === message.status) return
  message.status = next
  message.error_message = status.error ? failureText(status.error) : message.error_message
  batch.written.statusUpdates.set(message.id, {
    id: message.id,
    status: next,
    whatsapp_message_id: status.providerId.slice(0, 255),
    error_message: message.error_message,
    next_step: status.error ? failureStep(status.error) : null,
    status_at: at,
  })
  const conversation = batch.conversations.get(message.conversation_id)
  const type = eventOf[status.status]
  if (!conversation || !type) return
  tell(batch, type, conversation, {
    message_id: message.id,
    whatsapp_message_id: status.providerId,
    status: next,
    at: at.toISOString(),
    ...(status.error ? failureData(status.error) : {}),
  })
}

/** A message whose answer was lost is found by the id of ours that travelled with it, and so its outcome is known. */
function settledByCallback(batch: Batch, configId: string, status: StatusUpdate): KnownMessage | undefined {
  const id = messageIdOf(status.callbackData)
  const message = id === undefined ? undefined : batch.known.get(knownKey(configId, `id:${id}`))
  if (!message) return undefined
  batch.known.set(knownKey(configId, status.providerId), message)
  batch.written.settled.push(message.id)
  return message
}

const UUID = /^[0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12}/

/** Callback data is `<message id>.<attempt>`; anything else was not ours. */
export const messageIdOf = (callbackData: string | undefined): string | undefined => UUID.exec(callbackData ?? '')?.[0]
