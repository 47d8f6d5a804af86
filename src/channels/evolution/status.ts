import {fieldsOf, textOf} from '../../base/read.ts'
import type {ChannelEvent, StatusUpdate} from '../channel.ts'
import type {ProviderError} from '../errors.ts'
import {unknownEvent, type Envelope} from './envelope.ts'
import {peopleOf} from './jid.ts'

/** Names of the library, its numbers, and Meta's names (servers that run on the Cloud API). */
const statuses: Readonly<Record<string, StatusUpdate['status'] | 'pending'>> = {
  '0': 'failed',
  '1': 'pending',
  '2': 'sent',
  '3': 'delivered',
  '4': 'read',
  '5': 'played',
  ERROR: 'failed',
  PENDING: 'pending',
  SERVER_ACK: 'sent',
  DELIVERY_ACK: 'delivered',
  READ: 'read',
  PLAYED: 'played',
  DELETED: 'deleted',
  SENT: 'sent',
  DELIVERED: 'delivered',
  FAILED: 'failed',
}

const failure: ProviderError = {
  code: 'send_error',
  class: 'unknown',
  message: 'WhatsApp did not take the message.',
  nextStep: 'Check the connection of the instance: pytake whatsapp test NAME',
}

/** One element of `messages.update`, in any of the shapes that servers write. */
export function statusUpdate(raw: unknown, envelope: Envelope): ChannelEvent[] {
  const data = fieldsOf(raw)
  const key = fieldsOf(data.key)
  const providerId =
    textOf(data.keyId) ?? textOf(key.id) ?? (data.messageId === undefined ? textOf(data.id) : undefined)
  const name = textOf(data.status) ?? textOf(fieldsOf(data.update).status)
  const status = name === undefined || !Object.hasOwn(statuses, name) ? undefined : statuses[name]
  if (providerId === undefined || status === undefined) return [unknownEvent(envelope, raw)]
  // A customer's own message: that is what we did with it, and no news of a message of ours.
  const theirs = data.fromMe === false || key.fromMe === false
  if (status === 'pending' || theirs) return []
  const event: StatusUpdate = {
    type: 'status',
    dedupe: `status|${envelope.instance}|${providerId}|${status}`,
    number: envelope.instance,
    providerId,
    status,
    recipient: peopleOf(data.key === undefined ? data : key),
  }
  if (status === 'failed') event.error = failure
  return [event]
}
