import {show} from '../customer.ts'
import type {Json} from '../json.ts'
import type {World} from '../world.ts'
import type {Cloud, Delivery, StatusName} from './account.ts'
import {webhookError} from './error.ts'
import {contactOf, recipientOf} from './identity.ts'

/** Lets an accepted message take its course: failed, or sent, delivered to the phone and read, each in its time. */
export function setOff(world: World, cloud: Cloud, delivery: Delivery): void {
  const {autoStatuses, statusDelayMs} = world.settings
  const tell = (status: StatusName) => {
    if (autoStatuses) sendStatus(world, cloud, delivery, status)
  }
  world.timeline.after(statusDelayMs, () => {
    if (delivery.failure) return tell('failed')
    tell('sent')
    world.timeline.after(statusDelayMs, () => arrive(world, delivery, tell))
  })
}

function arrive(world: World, delivery: Delivery, tell: (status: StatusName) => void): void {
  const {person, draft, id, body} = delivery
  if (person) {
    const {type, text, options, replyTo} = draft
    world.counters.received++
    show(person, {id, at: world.clock.now(), type, text, options, replyTo, body})
  }
  if (draft.type === 'reaction') return
  tell('delivered')
  if (!world.settings.readReceipts || !world.settings.autoStatuses) return
  world.timeline.after(2 * world.settings.statusDelayMs, () => tell('read'))
}

/** Puts one status into the webhook; a `failed` one tells the delivery's failure. */
export function sendStatus(world: World, cloud: Cloud, delivery: Delivery, status: StatusName): void {
  const {number, person, account, draft} = delivery
  const item: Json = {id: delivery.id, status, timestamp: String(Math.floor(world.clock.now() / 1000))}
  Object.assign(item, person ? recipientOf(person) : {recipient_id: account})
  if (draft.to !== undefined) item.recipient_id = account
  if (draft.callbackData !== undefined) item.biz_opaque_callback_data = draft.callbackData
  if (status === 'sent' || status === 'delivered') item.pricing = pricingOf(delivery)
  if (status === 'failed') {
    const {code, details} = delivery.failure ?? {code: 131000}
    item.errors = [webhookError(code, details)]
  }
  const contact = person && status !== 'failed' ? contactOf(person) : undefined
  cloud
    .webhookOf(number)
    .put({kind: 'status', key: account, number, field: 'messages', list: 'statuses', item, contact})
}

function pricingOf({draft, windowOpen}: Delivery): Json {
  const category = draft.template?.category.toLowerCase() ?? 'service'
  const free = windowOpen && (category === 'service' || category === 'utility')
  return {billable: !free, pricing_model: 'PMP', type: free ? 'free_customer_service' : 'regular', category}
}
