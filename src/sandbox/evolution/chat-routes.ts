import {markSeen} from '../customer.ts'
import {type Answer, json} from '../exchange.ts'
import {isObject, type Json, listOf, objectOf, textOf} from '../json.ts'
import {accountId, digitsOf} from '../phone.ts'
import {EvolutionError, requires, schemaError} from './error.ts'
import {type Instance, personJid} from './instance.ts'
import type {StoredMessage} from './message-log.ts'
import {recipientFor} from './send.ts'

const PAGE = 50

/** `POST /chat/{action}/{instance}`. */
export const chatActions: Record<string, (instance: Instance, body: Json) => Answer> = {
  whatsappNumbers(instance, body) {
    if (!Array.isArray(body.numbers)) throw requires('numbers')
    return json(
      200,
      body.numbers.map((number) => numberCheck(instance, textOf(number))),
    )
  },
  markMessageAsRead(instance, body) {
    if (!Array.isArray(body.readMessages)) throw requires('readMessages')
    for (const key of body.readMessages.map(objectOf)) {
      for (const name of ['id', 'remoteJid']) if (!textOf(key[name])) throw requires(name)
      // Keys of LID chats are skipped without a word, as the real server does.
      const person = instance.directory.byNumber(digitsOf(textOf(key.remoteJid)))
      if (person && !textOf(key.remoteJid).endsWith('@lid')) markSeen(person, textOf(key.id), false)
    }
    return json(201, {message: 'Read messages', read: 'success'})
  },
  sendPresence(instance, body) {
    if (!textOf(body.number)) throw requires('number')
    const presence = textOf(body.presence)
    const known = ['unavailable', 'available', 'composing', 'recording', 'paused']
    if (!known.includes(presence)) throw schemaError(`instance.presence is not one of enum values: ${known.join(',')}`)
    if (typeof body.delay !== 'number') throw requires('delay')
    const {person} = recipientFor(instance, textOf(body.number))
    if (person && presence === 'composing') person.typing++
    return json(201, {presence})
  },
  findMessages(instance, body) {
    const size = Number(body.offset ?? PAGE)
    const page = Number(body.page ?? 1)
    const found = instance.log.find(objectOf(body.where))
    const records = found.slice((page - 1) * size, page * size).map((message) => recordOf(instance, message))
    const messages = {total: found.length, pages: Math.ceil(found.length / size), currentPage: page, records}
    return json(200, {messages})
  },
  findStatusMessage(instance, body) {
    const message = instance.log.get(textOf(objectOf(body.where).id))
    const rows = (message?.updates ?? []).map((status) => ({...objectOf(message?.key), keyId: message?.key.id, status}))
    return json(200, rows)
  },
  getBase64FromMediaMessage(instance, body) {
    const id = textOf(objectOf(objectOf(body.message).key).id)
    const message = instance.log.get(id)
    if (!message) throw new EvolutionError(400, ['Message not found'])
    if (!message.media) throw new EvolutionError(400, ['The message is not of the media type'])
    const {bytes, mimeType, fileName, caption} = message.media
    return json(201, {
      ...{
        mediaType: message.messageType,
        fileName,
        caption,
        size: {fileLength: {low: bytes.length, high: 0, unsigned: true}},
      },
      ...{mimetype: mimeType, base64: bytes.toString('base64'), buffer: null},
    })
  },
  fetchProfilePictureUrl: (instance, body) =>
    json(200, {wuid: recipientFor(instance, textOf(body.number)).jid, profilePictureUrl: null}),
  findContacts: (instance) =>
    json(
      200,
      instance.directory
        .all()
        .map(({waId, name}) => ({remoteJid: personJid(waId), pushName: name, instanceId: instance.id})),
    ),
}

function numberCheck(instance: Instance, number: string): Json {
  const digits = digitsOf(number.replace(/@.*$/, ''))
  const person = instance.directory.byNumber(digits)
  if (!person) return {jid: personJid(accountId(digits)), exists: instance.acceptUnknown, number}
  const lid = person.lid === undefined ? {} : {lid: `${person.lid}@lid`}
  return {jid: personJid(person.waId), exists: true, number, name: person.name, ...lid}
}

function recordOf(instance: Instance, message: StoredMessage): Json {
  const {id, key, pushName, messageType, messageTimestamp, source} = message
  return {
    ...{id, key, pushName, messageType, message: message.message, messageTimestamp, instanceId: instance.id, source},
    contextInfo: null,
    MessageUpdate: message.updates.map((status) => ({status})),
  }
}

/** The parts of a form as a body; a file becomes the mark `file: true`. */
export async function formBody(form: FormData): Promise<Json> {
  const body: Json = {}
  for (const [key, value] of form.entries()) body[key] = typeof value === 'string' ? partOf(key, value) : true
  return body
}

/** Forms carry text only: what the schema wants otherwise is read. */
function partOf(key: string, value: string): unknown {
  if (key === 'delay') return Number(value)
  return key === 'quoted' ? objectOf(listOf([safeJson(value)]).find(isObject)) : value
}

function safeJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown
  } catch {
    return undefined
  }
}
