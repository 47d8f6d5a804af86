import {type Person, type ReceivedMessage, show} from '../customer.ts'
import {type Answer, json} from '../exchange.ts'
import type {Json} from '../json.ts'
import {accountId, digitsOf} from '../phone.ts'
import type {World} from '../world.ts'
import {checkSend, type Outgoing} from './check-send.ts'
import {EvolutionError} from './error.ts'
import {type Instance, personJid} from './instance.ts'
import type {AckStatus, StoredMessage} from './message-log.ts'

/** Kinds the real server answers 201 for although no phone ever shows them. */
const NEVER_ARRIVE = new Set(['sendButtons', 'sendList'])

interface Recipient {
  jid: string
  person: Person | undefined
}

/** `POST /message/{action}/{instance}`: 201 with the message as it will be known, or EvolutionError. */
export async function postMessage(world: World, instance: Instance, action: string, body: Json): Promise<Answer> {
  try {
    const outgoing = checkSend(action, body)
    const recipient = recipientFor(instance, outgoing.to ?? outgoing.chat)
    if (instance.state !== 'open') throw new EvolutionError(400, ['Error: Connection Closed'])
    if (outgoing.delayMs > 0) await world.clock.sleep(outgoing.delayMs)
    return json(201, accept(world, instance, {action, body, outgoing, recipient}))
  } catch (error) {
    if (error instanceof EvolutionError) world.counters.refused++
    throw error
  }
}

interface Accepting {
  action: string
  body: Json
  outgoing: Outgoing
  recipient: Recipient
}

function accept(world: World, instance: Instance, {action, body, outgoing, recipient}: Accepting): Json {
  const message = storedMessage(world, {
    jid: recipient.jid,
    fromMe: true,
    pushName: 'Você',
    content: outgoing.message,
    messageType: outgoing.messageType,
  })
  instance.log.put(message)
  world.counters.accepted++
  const at = world.clock.now()
  world.accepted.push({
    ...{id: message.key.id, at, channel: 'evolution', via: instance.name, body},
    ...{to: outgoing.to ?? recipient.jid, account: recipient.jid, type: action},
  })
  const data = dataOf(instance, message, outgoing.quoted)
  instance.sink.put({kind: 'echo', key: recipient.jid, event: 'send.message', data})
  if (!NEVER_ARRIVE.has(action)) setOff(world, instance, message, {recipient, outgoing, body})
  return data
}

/** One tick, two ticks on the phone, blue ticks. */
function setOff(
  world: World,
  instance: Instance,
  message: StoredMessage,
  {recipient, outgoing, body}: Pick<Accepting, 'recipient' | 'outgoing' | 'body'>,
): void {
  const {statusDelayMs, autoStatuses, readReceipts} = world.settings
  const tell = (status: AckStatus) => {
    if (autoStatuses) acknowledge(instance, message, status)
  }
  world.timeline.after(statusDelayMs, () => {
    tell('SERVER_ACK')
    world.timeline.after(statusDelayMs, () => {
      tell('DELIVERY_ACK')
      if (recipient.person) arrive(world, recipient.person, received(world, message, outgoing, body))
      if (readReceipts && autoStatuses) world.timeline.after(2 * statusDelayMs, () => tell('READ'))
    })
  })
}

function arrive(world: World, person: Person, message: ReceivedMessage): void {
  world.counters.received++
  show(person, message)
}

const received = (world: World, message: StoredMessage, outgoing: Outgoing, body: Json): ReceivedMessage => ({
  ...{id: message.key.id, at: world.clock.now(), type: outgoing.type, text: outgoing.text, options: [], body},
  replyTo: outgoing.quoted,
})

/** Sends `messages.update`; `keyId` is WhatsApp's id, `messageId` the database's. */
export function acknowledge(instance: Instance, message: StoredMessage, status: AckStatus): void {
  message.status = status
  message.updates.push(status)
  const {id: keyId, remoteJid, fromMe} = message.key
  const data = {messageId: message.id, keyId, remoteJid, fromMe, participant: '', status, instanceId: instance.id}
  instance.sink.put({kind: 'status', key: remoteJid, event: 'messages.update', data})
}

/** A message with new ids, not stored yet. */
export function storedMessage(
  world: World,
  parts: {jid: string; fromMe: boolean; pushName: string | undefined; content: Json; messageType: string},
): StoredMessage {
  const keyId = `${parts.fromMe ? '3EB0' : '3A'}${world.ids.next().replace(/-/g, '').slice(-18).toUpperCase()}`
  return {
    id: `c${world.ids.next().replace(/-/g, '').slice(0, 24)}`,
    key: {remoteJid: parts.jid, fromMe: parts.fromMe, id: keyId},
    pushName: parts.pushName,
    messageType: parts.messageType,
    message: parts.content,
    messageTimestamp: Math.floor(world.clock.now() / 1000),
    source: parts.fromMe ? 'unknown' : 'android',
    status: parts.fromMe ? 'PENDING' : 'DELIVERY_ACK',
    updates: [],
  }
}

/** The `data` of messages.upsert and send.message, and the answer to a send. */
export function dataOf(instance: Instance, message: StoredMessage, quoted?: string): Json {
  const {key, pushName, status, messageType, messageTimestamp, source} = message
  return {
    key,
    ...(pushName === undefined ? {} : {pushName}),
    status,
    message: message.message,
    contextInfo: quoted === undefined ? (key.fromMe ? null : {}) : {stanzaId: quoted, participant: instance.ownerJid},
    messageType,
    messageTimestamp,
    instanceId: instance.id,
    source,
  }
}

/** Who a `number` field means: digits in any form of the ninth digit, or a full jid. 400 with `exists: false` for nobody. */
export function recipientFor(instance: Instance, number: string): Recipient {
  const lid = /^(\d+)@lid$/.exec(number)?.[1]
  const digits = digitsOf(number.replace(/@.*$/, ''))
  const person = lid === undefined ? instance.directory.byNumber(digits) : instance.directory.byLid(lid)
  if (person) return {jid: lid === undefined ? personJid(person.waId) : number, person}
  const jid = lid === undefined ? personJid(accountId(digits)) : number
  if (instance.acceptUnknown && lid === undefined && digits.length >= 8) return {jid, person: undefined}
  throw new EvolutionError(400, [{jid, exists: false, number}])
}
