import {fieldsOf, millisecondsOf, numberOf, textOf, type Fields} from '../../base/read.ts'
import type {ChannelEvent, EchoMessage, InboundMessage} from '../channel.ts'
import {readContent, type Said} from './content.ts'
import {hashKey, unknownEvent, type Envelope} from './envelope.ts'
import {jidKind, peopleOf, type JidKind} from './jid.ts'

const notPeople: ReadonlySet<JidKind> = new Set(['group', 'story', 'newsletter', 'broadcast'])

/** One element of `messages.upsert` or `send.message`. */
export function message(raw: unknown, envelope: Envelope): ChannelEvent[] {
  const data = fieldsOf(raw)
  const key = fieldsOf(data.key)
  const id = textOf(key.id)
  const remoteJid = textOf(key.remoteJid)
  const chat = jidKind(remoteJid)
  if (id === undefined || remoteJid === undefined || chat === 'unknown') return [unknownEvent(envelope, raw)]
  const said = readContent(data.message, data.messageType)
  const head = {
    dedupe: `message|${envelope.instance}|${envelope.event}|${remoteJid}|${id}`,
    number: envelope.instance,
    providerId: id,
    at: millisecondsOf(timestampOf(data.messageTimestamp)),
    ...said,
  }
  const ours = key.fromMe === true || envelope.event === 'send.message'
  if (notPeople.has(chat)) return ours ? [] : [{type: 'message', stage: 1, from: authorOf(key), ...head, ignored: chat}]
  if (ours) return [echo(head, key, envelope)]
  const event: InboundMessage = {type: 'message', stage: 1, from: peopleOf(key), ...head}
  return [withContext(event, data)]
}

type Head = Omit<EchoMessage, 'type' | 'to' | 'viaApi'>

function echo(head: Head, key: Fields, envelope: Envelope): EchoMessage {
  const event: EchoMessage = {type: 'echo', ...head, to: peopleOf(key)}
  if (envelope.event === 'send.message') event.viaApi = true
  return event
}

/** The author inside a group or of a story. */
function authorOf(key: Fields) {
  return peopleOf({remoteJid: key.participant, remoteJidAlt: key.participantAlt ?? key.participantPn})
}

function withContext(event: InboundMessage, data: Fields): InboundMessage {
  const name = textOf(data.pushName)
  if (name !== undefined) event.name = name
  const {content} = event
  if (content.kind === 'option') event.option = {id: content.id, title: content.title}
  const context = contextOf(data)
  const replyTo = textOf(context.stanzaId)
  if (replyTo !== undefined) event.replyTo = replyTo
  if (context.isForwarded === true) event.forwarded = true
  if (context.externalAdReply !== undefined) event.referral = context.externalAdReply
  return event
}

/** Newer servers copy the context to the top, older ones leave it inside the content. */
function contextOf(data: Fields): Fields {
  const top = fieldsOf(data.contextInfo)
  if (Object.keys(top).length > 0) return top
  for (const value of Object.values(fieldsOf(data.message))) {
    const inner = fieldsOf(fieldsOf(value).contextInfo)
    if (Object.keys(inner).length > 0) return inner
  }
  return top
}

/** Seconds as number, as text, or as the two halves of a 64-bit number. */
function timestampOf(value: unknown): unknown {
  return numberOf(value) ?? fieldsOf(value).low
}

/** `messages.edited`: the original's id stays the same, so the time makes the edit's own id. */
export function edited(raw: unknown, envelope: Envelope): ChannelEvent[] {
  const outer = fieldsOf(raw)
  const data = outer.editedMessage === undefined ? fieldsOf(fieldsOf(outer.message).protocolMessage) : outer
  const key = fieldsOf(data.key)
  const id = textOf(key.id)
  const from = peopleOf(key)
  if (id === undefined || from.length === 0) return [unknownEvent(envelope, raw)]
  const ms = numberOf(data.timestampMs) ?? 0
  const {text} = readContent(data.editedMessage, undefined)
  const said: Said = {kind: 'edit', content: {kind: 'edit', message_id: id, text}, text}
  const head = {
    dedupe: `message|${envelope.instance}|${envelope.event}|${textOf(key.remoteJid) ?? ''}|${id}|${ms}`,
    number: envelope.instance,
    providerId: `${id}:edit:${ms}`,
    at: ms === 0 ? 0 : millisecondsOf(ms / 1000),
    ...said,
  }
  if (key.fromMe === true) return [echo(head, key, envelope)]
  return [{type: 'message', stage: 1, from, ...head}]
}

/** `messages.delete`: a bare key, or a stored row that holds it. */
export function deleted(raw: unknown, envelope: Envelope): ChannelEvent[] {
  const data = fieldsOf(raw)
  const key = data.key === undefined ? data : fieldsOf(data.key)
  const providerId = textOf(key.id)
  if (providerId === undefined) return [unknownEvent(envelope, raw)]
  const dedupe = hashKey({...envelope, writtenAt: ''}, [key.remoteJid, providerId])
  return [{type: 'change', dedupe, number: envelope.instance, change: {kind: 'deleted', providerId}}]
}
