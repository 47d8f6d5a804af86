import {digestOf} from '../../base/digest.ts'
import type {ChannelEvent} from '../channel.ts'
import {envelopeOf, unknownEvent, type Envelope} from './envelope.ts'
import {connection, ended, qrcode} from './instance-events.ts'
import {deleted, edited, message} from './messages.ts'
import {statusUpdate} from './status.ts'

type ReadElement = (raw: unknown, envelope: Envelope) => ChannelEvent[]

/** `data` is one element, or a list of them, by version and event. */
const each =
  (read: ReadElement) =>
  (envelope: Envelope): ChannelEvent[] => {
    if (!Array.isArray(envelope.data)) return read(envelope.data, envelope)
    return (envelope.data as unknown[]).flatMap((raw) => read(raw, envelope))
  }

const nothing = () => []

const readers: Readonly<Record<string, (envelope: Envelope) => ChannelEvent[]>> = {
  'messages.upsert': each(message),
  'send.message': each(message),
  'messages.edited': each(edited),
  'messages.update': each(statusUpdate),
  'messages.delete': each(deleted),
  'connection.update': connection,
  'qrcode.updated': qrcode,
  'status.instance': ended,
  'logout.instance': ended,
  'remove.instance': ended,
  // Known, frequent and of no use here; `messages.set` is old history and must never wake a flow.
  'send.message.update': nothing,
  'messages.set': nothing,
  'contacts.set': nothing,
  'contacts.upsert': nothing,
  'contacts.update': nothing,
  'chats.set': nothing,
  'chats.upsert': nothing,
  'chats.update': nothing,
  'chats.delete': nothing,
  'presence.update': nothing,
  'groups.upsert': nothing,
  'groups.update': nothing,
  'group.update': nothing,
  'group-participants.update': nothing,
  'group.participants.update': nothing,
  'labels.edit': nothing,
  'labels.association': nothing,
  'application.startup': nothing,
  'instance.create': nothing,
  'instance.delete': nothing,
  call: nothing,
}

/** A webhook body of Evolution's as our events. Never throws; what only makes noise gives none. */
export function parseEvolution(body: unknown): ChannelEvent[] {
  const envelope = envelopeOf(body)
  if (envelope === undefined) return [{type: 'unknown', dedupe: `hash|${digestOf(body)}`, name: 'body', raw: body}]
  const reader = Object.hasOwn(readers, envelope.event) ? readers[envelope.event] : undefined
  return reader === undefined ? [unknownEvent(envelope, envelope.data)] : reader(envelope)
}
