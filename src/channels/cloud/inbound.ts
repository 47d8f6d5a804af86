import {fieldsOf, itemsOf, millisecondsOf, textOf, type Fields} from '../../base/read.ts'
import type {ChannelEvent, EchoMessage, InboundMessage} from '../channel.ts'
import {placeOf, unknownEvent, type Change} from './change.ts'
import {readContent} from './content.ts'
import {identitiesOf} from './identities.ts'

/** `messages[]` of a change: what a customer sent. */
export function inboundMessage(raw: unknown, change: Change): ChannelEvent {
  const message = fieldsOf(raw)
  const providerId = textOf(message.id)
  if (providerId === undefined || change.number === undefined) return unknownEvent(change, 'message', raw)
  const profile = contactOf(message, change)
  const from = identitiesOf(
    {
      waId: textOf(message.from) ?? profile.wa_id,
      userId: textOf(message.from_user_id) ?? profile.user_id,
      parentUserId: textOf(message.from_parent_user_id) ?? profile.parent_user_id,
    },
    change.waba,
  )
  if (from.length === 0) return unknownEvent(change, 'message', raw)
  const {content, text} = readContent(message)
  const stage = content.kind === 'unsupported' && content.awaiting === true ? 0 : 1
  const person = fieldsOf(profile.profile)
  const context = fieldsOf(message.context)
  const event: InboundMessage = {
    type: 'message',
    dedupe: `message|${change.number}|${providerId}|${stage}`,
    ...placeOf(change),
    providerId,
    stage,
    at: millisecondsOf(message.timestamp),
    from,
    name: textOf(person.name),
    username: textOf(person.username)?.replace(/^@/, ''),
    kind: textOf(message.type) ?? 'text',
    text,
    content,
    replyTo: textOf(context.id),
  }
  if (content.kind === 'option') event.option = {id: content.id, title: content.title}
  if (context.forwarded === true || context.frequently_forwarded === true) event.forwarded = true
  if (message.referral !== undefined) event.referral = message.referral
  if (textOf(message.group_id) !== undefined) event.ignored = 'group'
  return event
}

/** The `contacts[]` entry of this sender: matched by id, never by place. */
function contactOf(message: Fields, change: Change): Fields {
  const from = textOf(message.from)
  const userId = textOf(message.from_user_id)
  for (const raw of itemsOf(change.value.contacts)) {
    const contact = fieldsOf(raw)
    const sameNumber = from !== undefined && contact.wa_id === from
    const sameUser = userId !== undefined && contact.user_id === userId
    if (sameNumber || sameUser) return contact
  }
  return fieldsOf(undefined)
}

/** `message_echoes[]`: typed by a person on the business's own phone. */
export function echoMessage(raw: unknown, change: Change): ChannelEvent {
  const message = fieldsOf(raw)
  const providerId = textOf(message.id)
  const to = identitiesOf({waId: message.to, userId: message.to_user_id}, change.waba)
  if (providerId === undefined || change.number === undefined || to.length === 0) {
    return unknownEvent(change, 'message_echo', raw)
  }
  const {content, text} = readContent(message)
  const event: EchoMessage = {
    type: 'echo',
    dedupe: `message|${change.number}|${providerId}|1`,
    ...placeOf(change),
    providerId,
    at: millisecondsOf(message.timestamp),
    to,
    kind: textOf(message.type) ?? 'text',
    text,
    content,
  }
  return event
}
