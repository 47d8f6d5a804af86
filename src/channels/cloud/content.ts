import type {InboundContent, InboundMedia, MediaKind} from '../../base/message.ts'
import {fieldsOf, itemsOf, numberOf, textOf, type Fields} from '../../base/read.ts'

/** What a message says: typed for flows, and in words for people. */
export interface Said {
  content: InboundContent
  text: string
}

/** `errors[].code` of a placeholder: the real message may follow under the same id. */
const NOT_YET_AVAILABLE = 131060

const readers: Readonly<Record<string, (message: Fields) => Said>> = {
  text: (message) => said({kind: 'text', text: textOf(fieldsOf(message.text).body) ?? ''}),
  image: media('image'),
  video: media('video'),
  audio: media('audio'),
  document: media('document'),
  sticker: media('sticker'),
  location,
  contacts: (message) => ({
    content: {kind: 'contacts', contacts: [...itemsOf(message.contacts)]},
    text: itemsOf(message.contacts).map(contactName).filter(Boolean).join(', '),
  }),
  button: (message) => option(fieldsOf(message.button), 'payload', 'text'),
  interactive,
  reaction: (message) => {
    const reaction = fieldsOf(message.reaction)
    const emoji = textOf(reaction.emoji) ?? ''
    return {content: {kind: 'reaction', message_id: textOf(reaction.message_id) ?? '', emoji}, text: emoji}
  },
  order: (message) => {
    const order = fieldsOf(message.order)
    const count = itemsOf(order.product_items).length
    return {content: {kind: 'order', order: message.order}, text: textOf(order.text) ?? `[${count} items]`}
  },
  system,
  request_welcome: () => ({content: {kind: 'welcome'}, text: ''}),
  edit: (message) => {
    const edit = fieldsOf(message.edit)
    const {text} = readContent(fieldsOf(edit.message), false)
    return {content: {kind: 'edit', message_id: textOf(edit.original_message_id) ?? '', text}, text}
  },
  revoke: (message) => ({
    content: {kind: 'revoke', message_id: textOf(fieldsOf(message.revoke).original_message_id) ?? ''},
    text: '',
  }),
}

/** Reads any message of Meta's; a kind that we do not know is `unsupported`. Edits inside edits are not followed. */
export function readContent(message: Fields, mayNest = true): Said {
  const type = textOf(message.type) ?? 'text'
  const reader = type === 'edit' && !mayNest ? undefined : own(readers, type)
  return reader ? reader(message) : unsupported(message, type)
}

const own = <Value>(record: Readonly<Record<string, Value>>, key: string) =>
  Object.hasOwn(record, key) ? record[key] : undefined

const said = (content: InboundContent & {text: string}): Said => ({content, text: content.text})

function media(kind: MediaKind) {
  return (message: Fields): Said => {
    const fields = fieldsOf(message[kind])
    const file: InboundMedia = {
      id: textOf(fields.id),
      url: textOf(fields.url),
      mime_type: textOf(fields.mime_type),
      sha256: textOf(fields.sha256),
      filename: textOf(fields.filename),
    }
    if (kind === 'audio') file.voice = fields.voice === true
    if (kind === 'sticker') file.animated = fields.animated === true
    const caption = textOf(fields.caption)
    return {content: {kind, media: file, caption}, text: caption ?? file.filename ?? ''}
  }
}

function location(message: Fields): Said {
  const fields = fieldsOf(message.location)
  const latitude = numberOf(fields.latitude)
  const longitude = numberOf(fields.longitude)
  if (latitude === undefined || longitude === undefined) return unsupported(message, 'location without coordinates')
  const name = textOf(fields.name)
  const address = textOf(fields.address)
  return {
    content: {kind: 'location', latitude, longitude, name, address},
    text: [name, address, `${latitude},${longitude}`].filter(Boolean).join(' · '),
  }
}

function contactName(contact: unknown): string | undefined {
  const fields = fieldsOf(contact)
  return textOf(fieldsOf(fields.name).formatted_name) ?? textOf(fieldsOf(itemsOf(fields.phones)[0]).phone)
}

function option(fields: Fields, idField: string, titleField: string): Said {
  const title = textOf(fields[titleField]) ?? textOf(fields[idField]) ?? ''
  const id = textOf(fields[idField]) ?? title
  return {content: {kind: 'option', id, title, description: textOf(fields.description)}, text: title}
}

function interactive(message: Fields): Said {
  const fields = fieldsOf(message.interactive)
  const type = textOf(fields.type)
  if (type === 'button_reply' || type === 'list_reply') return option(fieldsOf(fields[type]), 'id', 'title')
  if (type === 'nfm_reply') return form(fieldsOf(fields.nfm_reply))
  return unsupported(message, `interactive ${type ?? 'without content'}`)
}

function form(fields: Fields): Said {
  const content: InboundContent = {kind: 'form', name: textOf(fields.name), values: parsed(fields.response_json)}
  return {content, text: textOf(fields.body) ?? ''}
}

/** `response_json` is JSON in text, as a rule. */
function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value ?? {}
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

function system(message: Fields): Said {
  const fields = fieldsOf(message.system)
  const text = textOf(fields.body) ?? ''
  const type = textOf(fields.type)
  const phone = textOf(fields.wa_id) ?? textOf(fields.new_wa_id)
  if (type === 'user_changed_user_id') {
    const to = textOf(fields.user_id)
    const from = textOf(message.from_user_id)
    if (to !== undefined) return {content: {kind: 'system', text, change: {kind: 'bsuid', from, to}}, text}
  } else if (phone !== undefined && type !== 'customer_identity_changed') {
    return {content: {kind: 'system', text, change: {kind: 'phone', from: textOf(message.from), to: phone}}, text}
  }
  return {content: {kind: 'system', text}, text}
}

function unsupported(message: Fields, type: string): Said {
  const error = fieldsOf(itemsOf(message.errors)[0])
  const code = numberOf(error.code)
  const details = textOf(fieldsOf(error.error_data).details) ?? textOf(error.details) ?? textOf(error.title)
  const subtype = textOf(fieldsOf(message.unsupported).type)
  const reason = details ?? `Messages of kind ${subtype ?? type} cannot be read.`
  const awaiting = code === NOT_YET_AVAILABLE ? true : undefined
  return {content: {kind: 'unsupported', reason, awaiting}, text: ''}
}
