import {markSeen, type Person} from '../customer.ts'
import {type Answer, json} from '../exchange.ts'
import {type Json, objectOf, textOf} from '../json.ts'
import type {World} from '../world.ts'
import type {Cloud, CloudNumber, Delivery} from './account.ts'
import type {Draft} from './draft.ts'
import {GraphError} from './error.ts'
import {checkMessage, checkProduct} from './message.ts'
import {invalidParameter, needObject, needText, onlyKeys, wrong} from './shape.ts'
import {setOff} from './status.ts'

const WINDOW_MS = 24 * 3_600_000

/** `POST /PNID/messages`: a message, or a mark as read with or without typing. Throws GraphError. */
export function postMessages(world: World, cloud: Cloud, number: CloudNumber, body: Json): Answer {
  checkProduct(body)
  if (body.status !== undefined) return markRead(number, body)
  try {
    return accept(world, cloud, number, body)
  } catch (error) {
    if (error instanceof GraphError) world.counters.refused++
    throw error
  }
}

function accept(world: World, cloud: Cloud, number: CloudNumber, body: Json): Answer {
  if (!number.registered) throw new GraphError(133010)
  const draft = checkMessage(body, {
    phoneNumberId: number.phoneNumberId,
    displayDigits: number.digits,
    media: cloud.media,
    templates: number.waba.templates,
  })
  const person =
    draft.to === undefined ? number.directory.byBsuid(draft.bsuid ?? '') : number.directory.byNumber(draft.to)
  const account = person?.waId ?? draft.to ?? draft.input
  if (!number.throughput.take()) throw new GraphError(130429)
  if (!number.pairs.take(account)) throw new GraphError(131056)
  const id = cloud.wamid(account, true)
  const windowOpen = person !== undefined && world.clock.now() - person.lastInboundAt < WINDOW_MS
  const failure = failureOf(number, draft, person, windowOpen)
  const delivery: Delivery = {id, account, number, person, draft, body, windowOpen, failure}
  record(world, cloud, delivery)
  setOff(world, cloud, delivery)
  const contact =
    draft.to === undefined ? {input: draft.input, user_id: draft.bsuid} : {input: draft.input, wa_id: account}
  const message = draft.template ? {id, message_status: 'accepted'} : {id}
  return json(200, {messaging_product: 'whatsapp', contacts: [contact], messages: [message]})
}

/** What Meta tells only after its 200. */
function failureOf(
  number: CloudNumber,
  draft: Draft,
  person: Person | undefined,
  windowOpen: boolean,
): Delivery['failure'] {
  if (!person && !number.acceptUnknown) return {code: 131026}
  if (draft.template?.category === 'MARKETING' && person?.wantsMarketing === false) return {code: 131050}
  if (number.enforceWindow !== false && !draft.template && !windowOpen) return {code: 131047}
  return draft.laterFailure
}

function record(world: World, cloud: Cloud, delivery: Delivery): void {
  const {id, account, number, draft, body} = delivery
  world.counters.accepted++
  world.accepted.push({
    ...{id, account, body, channel: 'cloud', via: number.phoneNumberId, to: draft.input, type: draft.type},
    at: world.clock.now(),
    callbackData: draft.callbackData,
  })
  cloud.deliveries.set(id, delivery)
  if (cloud.deliveries.size <= world.settings.keepMessages) return
  for (const oldest of cloud.deliveries.keys()) {
    cloud.deliveries.delete(oldest)
    break
  }
}

const readKeys = new Set(['messaging_product', 'status', 'message_id', 'typing_indicator'])

function markRead(number: CloudNumber, body: Json): Answer {
  onlyKeys(body, '', readKeys)
  if (body.status !== 'read')
    throw invalidParameter(`Param status must be one of {READ} - got "${textOf(body.status)}".`)
  const id = needText(body, 'message_id', '', {max: 512})
  const typing = body.typing_indicator !== undefined
  if (typing && objectOf(needObject(body, 'typing_indicator', '')).type !== 'text') {
    throw invalidParameter("Param typing_indicator['type'] must be one of {TEXT}.")
  }
  const owner = number.inbound.get(id)
  const person = owner === undefined ? undefined : number.directory.byNumber(owner)
  if (!person) throw wrong(`Message id "${id}" is no message this number received.`)
  markSeen(person, id, typing)
  return json(200, {success: true})
}
