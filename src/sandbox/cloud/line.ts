import type {CustomerMedia, Line, Person} from '../customer.ts'
import type {Json} from '../json.ts'
import type {World} from '../world.ts'
import type {Cloud, CloudNumber} from './account.ts'
import {contactOf, senderOf} from './identity.ts'

const KEEP_INBOUND = 100_000
const INBOUND_MEDIA_DAYS = 7

/** What people do on WhatsApp, as Meta's webhooks tell it. */
export function createCloudLine(world: World, cloud: Cloud, phoneNumberId: string): Line {
  const message = (person: Person, type: string, content: Json, replyTo?: string) => {
    const number = cloud.number(phoneNumberId)
    // A reaction is not counted as opening the window: the documentation does not say that it does.
    if (type !== 'reaction') person.lastInboundAt = world.clock.now()
    const id = cloud.wamid(person.waId, false)
    remember(number, id, person)
    number.throughput.note()
    world.counters.said++
    const item: Json = {
      ...(replyTo === undefined ? {} : {context: {from: number.digits, id: replyTo}}),
      ...senderOf(person),
      id,
      timestamp: String(Math.floor(world.clock.now() / 1000)),
      type,
      ...content,
    }
    const contact = contactOf(person)
    cloud
      .webhookOf(number)
      .put({kind: 'message', key: person.waId, number, field: 'messages', list: 'messages', item, contact})
    return id
  }
  return {
    say: (person, body, replyTo) => message(person, 'text', {text: {body}}, replyTo),
    choose(person, from, option) {
      const {kind, id, title, description} = option
      if (kind === 'quick_reply') return message(person, 'button', {button: {payload: id, text: title}}, from.id)
      const reply =
        kind === 'row'
          ? {type: 'list_reply', list_reply: {id, title, description}}
          : {type: 'button_reply', button_reply: {id, title}}
      return message(person, 'interactive', {interactive: reply}, from.id)
    },
    media: (person, media) => message(person, media.kind, {[media.kind]: mediaOf(cloud, phoneNumberId, media)}),
    location: (person, place) => message(person, 'location', {location: place}),
    react: (person, id, emoji) =>
      message(person, 'reaction', {reaction: emoji ? {message_id: id, emoji} : {message_id: id}}),
    marketing: (person, wanted) => tellPreference(world, cloud, cloud.number(phoneNumberId), {person, wanted}),
  }
}

function remember(number: CloudNumber, id: string, person: Person): void {
  number.inbound.set(id, person.phone)
  if (number.inbound.size <= KEEP_INBOUND) return
  for (const oldest of number.inbound.keys()) {
    number.inbound.delete(oldest)
    break
  }
}

function mediaOf(cloud: Cloud, owner: string, media: CustomerMedia): Json {
  const stored = cloud.media.put({owner, mimeType: media.mimeType, bytes: media.bytes, days: INBOUND_MEDIA_DAYS})
  const object: Json = {
    caption: media.caption,
    filename: media.filename,
    mime_type: media.mimeType,
    sha256: Buffer.from(stored.sha256, 'hex').toString('base64'),
    id: stored.id,
    url: `${cloud.media.link(cloud.url, stored)}&source=webhook`,
  }
  if (media.kind === 'audio') object.voice = media.voice ?? false
  if (media.kind === 'sticker') object.animated = false
  return object
}

function tellPreference(
  world: World,
  cloud: Cloud,
  number: CloudNumber,
  {person, wanted}: {person: Person; wanted: boolean},
): void {
  person.wantsMarketing = wanted
  const {wa_id, user_id} = contactOf(person)
  const item: Json = {
    ...{wa_id, user_id},
    detail: `User requested to ${wanted ? 'resume' : 'stop'} marketing messages`,
    category: 'marketing_messages',
    value: wanted ? 'resume' : 'stop',
    timestamp: Math.floor(world.clock.now() / 1000),
  }
  const contact = contactOf(person)
  const field = 'user_preferences'
  cloud.webhookOf(number).put({kind: 'account', key: person.waId, number, field, list: field, item, contact})
}
