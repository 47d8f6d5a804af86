import type {Http} from '../../base/http.ts'
import {sourcesOf, type Identity} from '../../base/message.ts'
import {fieldsOf, textOf} from '../../base/read.ts'
import type {Account, OutboundMessage, SendResult} from '../channel.ts'
import {notUploaded, unreadableAnswer, type ProviderError} from '../errors.ts'
import {addressOf, chatOf, peopleOf} from './jid.ts'
import {sendingOf} from './payload.ts'
import {askEvolution, callEvolution, MEDIA_MS} from './wire.ts'

/** How long dots are shown; the server holds the call for as long. */
const TYPING_MS = 1_500

/** Sends one message. The chat in the answer can differ from what was asked: it is the id to answer to from now on. */
export async function sendEvolution(message: OutboundMessage, account: Account, http: Http): Promise<SendResult> {
  const sending = sendingOf(message)
  if (sending === undefined) return {outcome: 'refused', error: whyNot(message)}
  const timeoutMs = sending.slow ? MEDIA_MS : undefined
  const {action, json} = sending
  const answer = await callEvolution({method: 'POST', action, json, timeoutMs, signal: message.signal}, account, http)
  if (answer.outcome !== 'ok') return answer
  const key = fieldsOf(fieldsOf(answer.json).key)
  const providerId = textOf(key.id)
  if (providerId === undefined) return unreadableAnswer(201, 'There is no message id in the answer.')
  return {outcome: 'accepted', providerId, identities: peopleOf(key)}
}

function whyNot(message: OutboundMessage): ProviderError {
  if (sourcesOf(message.content).some((source) => 'sha256' in source)) return notUploaded
  if (addressOf(message.to) === undefined) {
    const words = `A ${message.to.kind} is no address on Evolution.`
    return {code: 'address', class: 'stop_recipient', message: words, nextStep: 'Ask the person for the phone number.'}
  }
  const words = `Evolution cannot send messages of kind ${message.content.kind}.`
  const nextStep = 'Send a text, or use a number on the official API.'
  return {code: 'unsupported_by_channel', class: 'fix_request', message: words, nextStep}
}

interface Received {
  providerId: string
  sender: Identity
}

/** Marks one message read (a privacy id's chat is skipped by the server) and, when `typing`, shows dots for a moment. */
export async function markReadEvolution(received: Received, account: Account, http: Http, typing = false) {
  const remoteJid = chatOf(received.sender)
  if (remoteJid === undefined) return
  const readMessages = [{remoteJid, fromMe: false, id: received.providerId}]
  await askEvolution({method: 'POST', action: 'chat/markMessageAsRead', json: {readMessages}}, account, http)
  if (!typing) return
  const json = {number: addressOf(received.sender), presence: 'composing', delay: TYPING_MS}
  await askEvolution({method: 'POST', action: 'chat/sendPresence', json}, account, http)
}
