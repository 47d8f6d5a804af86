import {isObject, type Json, objectOf, textOf} from '../json.ts'
import {digitsOf} from '../phone.ts'
import type {CheckContext, Draft, DraftContent} from './draft.ts'
import {GraphError} from './error.ts'
import {checkInteractive} from './interactive.ts'
import {checkMedia} from './media-object.ts'
import {
  invalidParameter,
  missing,
  needList,
  needObject,
  needText,
  onlyKeys,
  optionalObject,
  optionalText,
  wrong,
} from './shape.ts'
import {checkTemplateMessage} from './template-message.ts'

const TEXT_MAX = 4096
const CALLBACK_MAX = 512
const CONTACTS_MAX = 257

const envelope = [
  ...['messaging_product', 'recipient_type', 'to', 'recipient', 'type', 'context'],
  ...['biz_opaque_callback_data', 'recipient_identity_key_hash'],
]

type Check = (body: Json, context: CheckContext) => DraftContent

const media =
  (kind: 'image' | 'audio' | 'video' | 'document' | 'sticker'): Check =>
  (body, context) => {
    const object = needObject(body, kind, '')
    const laterFailure = checkMedia(object, kind, kind, context)
    return {text: textOf(object.caption) || textOf(object.filename), options: [], laterFailure}
  }

const types: Record<string, Check> = {
  text: checkText,
  image: media('image'),
  video: media('video'),
  audio: media('audio'),
  document: media('document'),
  sticker: media('sticker'),
  location: checkLocation,
  reaction: checkReaction,
  contacts: checkContacts,
  interactive: checkInteractive,
  template: checkTemplateMessage,
}
const allowed = new Map(Object.keys(types).map((type) => [type, new Set([...envelope, type])]))

/** Checks a request to send as the real API does; throws what it answers with. */
export function checkMessage(body: Json, context: CheckContext): Draft {
  const type = body.type === undefined ? 'text' : textOf(body.type).toLowerCase()
  const check = types[type]
  if (!check) throw new GraphError(131051, `Message type "${type}" is not supported.`)
  onlyKeys(body, '', allowed.get(type) ?? new Set())
  const address = checkAddress(body, context)
  const quoted = optionalObject(body, 'context', '')
  if (quoted) onlyKeys(quoted, 'context', new Set(['message_id']))
  if (quoted && type === 'reaction') throw invalidParameter('Reactions cannot have a context.')
  return {
    type,
    ...address,
    replyTo: quoted && needText(quoted, 'message_id', 'context', {max: 512}),
    callbackData: optionalText(body, 'biz_opaque_callback_data', '', {max: CALLBACK_MAX}),
    ...check(body, context),
  }
}

/** `messaging_product` is whatsapp; anything else is refused with 100. */
export function checkProduct(body: Json): void {
  if (body.messaging_product === undefined) {
    throw new GraphError(100, undefined, {sentence: '(#100) The parameter messaging_product is required.'})
  }
  if (body.messaging_product !== 'whatsapp') {
    throw invalidParameter(
      `Param messaging_product must be one of {WHATSAPP} - got "${textOf(body.messaging_product)}".`,
    )
  }
}

function checkAddress(body: Json, context: CheckContext): Pick<Draft, 'to' | 'input' | 'bsuid'> {
  const {recipient_type: recipientType = 'individual', to, recipient} = body
  if (recipientType !== 'individual') throw invalidParameter('Param recipient_type must be one of {INDIVIDUAL}.')
  if (to !== undefined && to !== '') {
    const input = needText(body, 'to', '', {max: 64})
    const digits = digitsOf(input)
    if (/[^\d+\-() ]/.test(input) || digits.length < 7 || digits.length > 15)
      throw wrong(`Invalid phone number "${input}".`)
    if (digits === context.displayDigits) throw new GraphError(131021)
    return {to: digits, input}
  }
  if (recipient === undefined) throw missing('to')
  const bsuid = needText(body, 'recipient', '', {max: 160})
  if (!/^[A-Z]{2}\.(ENT\.)?[A-Za-z0-9]{1,128}$/.test(bsuid)) throw wrong(`Invalid user id "${bsuid}".`)
  return {bsuid, input: bsuid}
}

const textKeys = new Set(['body', 'preview_url'])

function checkText(body: Json): DraftContent {
  const text = needObject(body, 'text', '')
  onlyKeys(text, 'text', textKeys)
  if (text.preview_url !== undefined && typeof text.preview_url !== 'boolean') {
    throw invalidParameter("Param text['preview_url'] must be a boolean.")
  }
  const words = needText(text, 'body', 'text', {max: TEXT_MAX})
  if (words.trim() === '') throw missing("text['body']")
  return {text: words, options: []}
}

function checkLocation(body: Json): DraftContent {
  const location = needObject(body, 'location', '')
  onlyKeys(location, 'location', new Set(['latitude', 'longitude', 'name', 'address']))
  const latitude = needDegrees(location, 'latitude', 90)
  const longitude = needDegrees(location, 'longitude', 180)
  const name = optionalText(location, 'name', 'location', {max: 1000})
  optionalText(location, 'address', 'location', {max: 1000})
  return {text: name ?? `${latitude},${longitude}`, options: []}
}

function needDegrees(location: Json, key: string, most: number): number {
  const value = location[key]
  if (value === undefined || value === '') throw missing(`location['${key}']`)
  const degrees = typeof value === 'number' ? value : Number(textOf(value) || Number.NaN)
  if (!(Math.abs(degrees) <= most)) throw wrong(`Param location['${key}'] must be a number from -${most} to ${most}.`)
  return degrees
}

function checkReaction(body: Json): DraftContent {
  const reaction = needObject(body, 'reaction', '')
  onlyKeys(reaction, 'reaction', new Set(['message_id', 'emoji']))
  const id = needText(reaction, 'message_id', 'reaction', {max: 512})
  if (!id.startsWith('wamid.')) throw wrong(`Message id "${id}" is not valid.`)
  const emoji = needText(reaction, 'emoji', 'reaction', {min: 0, max: 32})
  if (emoji && !/\p{Extended_Pictographic}|\p{Emoji_Component}/u.test(emoji)) throw wrong(`"${emoji}" is not an emoji.`)
  return {text: emoji, options: []}
}

function checkContacts(body: Json): DraftContent {
  const names = needList(body, 'contacts', '', {max: CONTACTS_MAX}).map((contact, at) => {
    const path = `contacts[${at}]`
    if (!isObject(contact)) throw invalidParameter(`Param ${path} must be a JSON object.`)
    const name = needObject(contact, 'name', path)
    const formatted = needText(name, 'formatted_name', `${path}['name']`, {max: 1000})
    const parts = ['first_name', 'last_name', 'middle_name', 'suffix', 'prefix']
    if (!parts.some((part) => textOf(objectOf(name)[part]) !== '')) {
      throw invalidParameter(`Param ${path}['name'] needs at least one of ${parts.join(', ')}.`)
    }
    return formatted
  })
  return {text: names.join(', '), options: []}
}
