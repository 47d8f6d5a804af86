import type {Http} from '../../base/http.ts'
import {sourcesOf, type Identity} from '../../base/message.ts'
import {fieldsOf, itemsOf, textOf} from '../../base/read.ts'
import type {Account, OutboundMessage, SendResult} from '../channel.ts'
import {notUploaded, unreadableAnswer} from '../errors.ts'
import {askGraph, callGraph} from './graph.ts'
import {identitiesOf} from './identities.ts'
import {messagePayload} from './payload.ts'

/** Sends one message. What Meta's answer teaches about the recipient comes back as identities. */
export async function sendCloud(message: OutboundMessage, account: Account, http: Http): Promise<SendResult> {
  const waiting = sourcesOf(message.content).some((source) => 'sha256' in source)
  if (waiting) return {outcome: 'refused', error: notUploaded}
  const payload = messagePayload(message)
  if ('unaddressable' in payload) {
    const nextStep = 'Ask the person for the phone number.'
    return {
      outcome: 'refused',
      error: {code: 'address', class: 'stop_recipient', message: payload.unaddressable, nextStep},
    }
  }
  const path = `${account.phoneNumberId ?? ''}/messages`
  const call = {method: 'POST', path, json: payload.body, signal: message.signal} as const
  const answer = await callGraph(call, account, http)
  if (answer.outcome !== 'ok') return answer
  const sent = fieldsOf(itemsOf(answer.fields.messages)[0])
  const providerId = textOf(sent.id)
  if (providerId === undefined) return unreadableAnswer(200, 'There is no message id in the answer.')
  const contact = fieldsOf(itemsOf(answer.fields.contacts)[0])
  const identities: Identity[] = identitiesOf({waId: contact.wa_id, userId: contact.user_id}, account.businessAccountId)
  const held = sent.message_status === 'held_for_quality_assessment'
  return held ? {outcome: 'accepted', providerId, identities, held} : {outcome: 'accepted', providerId, identities}
}

/** Marks a message read, and the earlier ones with it. `typing` shows dots until we answer, 25 s at most. */
export async function markReadCloud(providerId: string, account: Account, http: Http, typing = false): Promise<void> {
  const json: Record<string, unknown> = {messaging_product: 'whatsapp', status: 'read', message_id: providerId}
  if (typing) json.typing_indicator = {type: 'text'}
  await askGraph({method: 'POST', path: `${account.phoneNumberId ?? ''}/messages`, json}, account, http)
}
