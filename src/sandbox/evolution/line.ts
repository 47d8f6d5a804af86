import type {CustomerMedia, Line, Person} from '../customer.ts'
import type {Json} from '../json.ts'
import type {World} from '../world.ts'
import {type Evolution, type Instance, personJid} from './instance.ts'
import type {StoredMessage} from './message-log.ts'
import {dataOf, storedMessage} from './send.ts'

/** What people do on WhatsApp, as the server's webhooks tell it. */
export function createEvolutionLine(world: World, evolution: Evolution, name: string): Line {
  const message = (
    person: Person,
    messageType: string,
    value: unknown,
    more: {quoted?: string; media?: CustomerMedia} = {},
  ) => {
    const instance = evolution.instance(name)
    const stored = storedMessage(world, {
      jid: chatOf(person),
      fromMe: false,
      pushName: person.lid !== undefined && person.hidesPhone ? undefined : person.name,
      content: {[messageType]: value, messageContextInfo: {deviceListMetadataVersion: 2}},
      messageType,
    })
    addressOf(person, stored)
    if (more.media) stored.media = mediaOf(more.media)
    if (more.media && instance.webhook?.webhookBase64) stored.message.base64 = more.media.bytes.toString('base64')
    instance.log.put(stored)
    world.counters.said++
    const data = dataOf(instance, stored, more.quoted)
    instance.sink.put({kind: 'message', key: chatOf(person), event: 'messages.upsert', data})
    return stored.key.id
  }
  return {
    say: (person, text, quoted) => message(person, 'conversation', text, {quoted}),
    choose(person, from, option) {
      const {id, title, description, kind} = option
      const contextInfo = {stanzaId: from.id}
      const value =
        kind === 'row'
          ? {title, listType: 1, singleSelectReply: {selectedRowId: id}, description, contextInfo}
          : {selectedButtonId: id, selectedDisplayText: title, type: 1, contextInfo}
      return message(person, kind === 'row' ? 'listResponseMessage' : 'buttonsResponseMessage', value, {
        quoted: from.id,
      })
    },
    media: (person, media) => message(person, `${media.kind}Message`, mediaContent(world, media), {media}),
    location: (person, {latitude, longitude, name: place}) =>
      message(person, 'locationMessage', {degreesLatitude: latitude, degreesLongitude: longitude, name: place}),
    react: (person, id, text) => {
      const key = {remoteJid: chatOf(person), fromMe: true, id}
      return message(person, 'reactionMessage', {key, text, senderTimestampMs: String(world.clock.now())})
    },
    marketing(person, wanted) {
      person.wantsMarketing = wanted
    },
  }
}

const chatOf = (person: Person) => (person.lid === undefined ? personJid(person.waId) : `${person.lid}@lid`)

/** A LID chat carries the phone beside it, unless the person hides it: then nothing says who it is. */
function addressOf(person: Person, stored: StoredMessage): void {
  if (person.lid === undefined) return
  stored.key.addressingMode = 'lid'
  if (!person.hidesPhone) stored.key.remoteJidAlt = personJid(person.waId)
}

const mediaOf = ({bytes, mimeType, filename, caption, kind}: CustomerMedia): StoredMessage['media'] => ({
  ...{bytes, mimeType, caption},
  fileName: filename ?? `${kind}.${mimeType.split('/')[1]?.split(';')[0] ?? 'bin'}`,
})

/** Binary fields as an object with numeric keys, long numbers as halves: how release 2.3.3 and later write them. */
function mediaContent(world: World, media: CustomerMedia): Json {
  return {
    url: 'https://mmg.example/v/t62.7118-24/fake.enc?ccb=11-4',
    directPath: '/v/t62.7118-24/fake.enc?ccb=11-4',
    mimetype: media.mimeType,
    caption: media.caption,
    fileName: media.filename,
    title: media.filename,
    fileLength: {low: media.bytes.length, high: 0, unsigned: true},
    mediaKey: {...world.random.bytes(8)},
    ...(media.kind === 'audio' ? {ptt: media.voice ?? false, seconds: 3} : {}),
  }
}

/** A message typed on the business's own phone. */
export function typeOnPhone(world: World, instance: Instance, person: Person, text: string): string {
  const parts = {
    jid: chatOf(person),
    fromMe: true,
    pushName: 'Você',
    content: {conversation: text},
    messageType: 'conversation',
  }
  const stored: StoredMessage = {...storedMessage(world, parts), status: 'SERVER_ACK', source: 'android'}
  instance.log.put(stored)
  instance.sink.put({kind: 'message', key: chatOf(person), event: 'messages.upsert', data: dataOf(instance, stored)})
  return stored.key.id
}
