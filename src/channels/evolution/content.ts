import type {InboundContent, InboundMedia, MediaKind} from '../../base/message.ts'
import {fieldsOf, itemsOf, numberOf, textOf, type Fields} from '../../base/read.ts'

/** What a message says: typed for flows, and in words for people. `kind` is the word for `messages.type`. */
export interface Said {
  kind: string
  content: InboundContent
  text: string
}

/** Fields of `message` that only wrap the real one. */
const wrappers = [
  'ephemeralMessage',
  'viewOnceMessage',
  'viewOnceMessageV2',
  'viewOnceMessageV2Extension',
  'documentWithCaptionMessage',
  'deviceSentMessage',
]
const DEEPEST_WRAP = 5

type Reader = (value: unknown, message: Fields) => Omit<Said, 'kind'> | undefined

const readers: Readonly<Record<string, Reader>> = {
  conversation: (value) => plain(textOf(value)),
  extendedTextMessage: (value) => plain(textOf(fieldsOf(value).text)),
  imageMessage: media('image'),
  videoMessage: media('video'),
  ptvMessage: media('video'),
  audioMessage: media('audio'),
  documentMessage: media('document'),
  stickerMessage: media('sticker'),
  locationMessage: location,
  liveLocationMessage: location,
  contactMessage: (value) => contacts([value]),
  contactsArrayMessage: (value) => contacts(itemsOf(fieldsOf(value).contacts)),
  buttonsResponseMessage: (value) => option(value, 'selectedButtonId', 'selectedDisplayText'),
  templateButtonReplyMessage: (value) => option(value, 'selectedId', 'selectedDisplayText'),
  listResponseMessage: listResponse,
  interactiveResponseMessage: interactiveResponse,
  reactionMessage: reaction,
  protocolMessage: protocol,
}
const kinds = Object.keys(readers)

/** Reads `data.message`. A kind that we do not know is `unsupported`, named by what the server calls it. */
export function readContent(raw: unknown, messageType: unknown): Said {
  const message = unwrapped(fieldsOf(raw))
  for (const kind of kinds) {
    if (message[kind] === undefined || message[kind] === null) continue
    const said = readers[kind]?.(message[kind], message)
    if (said) return {kind: said.content.kind === 'option' ? 'interactive' : said.content.kind, ...said}
  }
  const named = textOf(messageType)
  const name = named === undefined || named === 'unknown' ? Object.keys(message)[0] : named
  const reason = `Messages of kind ${name ?? 'unknown'} cannot be read.`
  return {kind: 'unsupported', content: {kind: 'unsupported', reason}, text: ''}
}

function unwrapped(message: Fields): Fields {
  let current = message
  for (let depth = 0; depth < DEEPEST_WRAP; depth++) {
    const outer = current
    const wrapper = wrappers.find((name) => fieldsOf(outer[name]).message !== undefined)
    if (wrapper === undefined) return current
    const inner = fieldsOf(fieldsOf(outer[wrapper]).message)
    // The server puts decrypted bytes beside the wrapper, not inside it.
    current = outer.base64 === undefined ? inner : {base64: outer.base64, ...inner}
  }
  return current
}

const plain = (text: string | undefined) =>
  text === undefined ? undefined : {content: {kind: 'text', text} as const, text}

function media(kind: MediaKind): Reader {
  return (value, message) => {
    const fields = fieldsOf(value)
    const file: InboundMedia = {
      mime_type: textOf(fields.mimetype),
      filename: textOf(fields.fileName) ?? (kind === 'document' ? textOf(fields.title) : undefined),
      base64: textOf(message.base64),
    }
    // Encrypted and useless under `url`; only what an own file store (S3) hands out can be fetched.
    const url = textOf(message.mediaUrl)
    if (url !== undefined) file.url = url
    if (kind === 'audio') file.voice = fields.ptt === true
    if (kind === 'sticker') file.animated = fields.isAnimated === true
    const caption = textOf(fields.caption)
    return {content: {kind, media: file, caption}, text: caption ?? file.filename ?? ''}
  }
}

function location(value: unknown) {
  const fields = fieldsOf(value)
  const latitude = numberOf(fields.degreesLatitude)
  const longitude = numberOf(fields.degreesLongitude)
  if (latitude === undefined || longitude === undefined) return undefined
  const name = textOf(fields.name)
  const address = textOf(fields.address)
  const text = [name, address, `${latitude},${longitude}`].filter(Boolean).join(' · ')
  return {content: {kind: 'location', latitude, longitude, name, address} as const, text}
}

/** Cards in the shape that the other channel has, with the vCard beside it. */
function contacts(cards: readonly unknown[]) {
  const read = cards.map((card) => {
    const {displayName, vcard: rawCard} = fieldsOf(card)
    const vcard = textOf(rawCard) ?? ''
    const phones = [...vcard.matchAll(/^[^\n:]*TEL[^\n:]*?(?:waid=(\d+))?:([^\r\n]*)/gim)].map(([, waId, phone]) => ({
      phone: phone?.trim() ?? '',
      wa_id: waId,
    }))
    return {name: {formatted_name: textOf(displayName) ?? ''}, phones, vcard}
  })
  const text = read.map(({name}) => name.formatted_name).join(', ')
  return {content: {kind: 'contacts', contacts: read} as const, text}
}

function option(value: unknown, idField: string, titleField: string) {
  const fields = fieldsOf(value)
  return chosen(textOf(fields[idField]), textOf(fields[titleField]), textOf(fields.description))
}

function chosen(id: string | undefined, title: string | undefined, description?: string) {
  const shown = title ?? id
  if (shown === undefined) return undefined
  return {content: {kind: 'option', id: id ?? shown, title: shown, description} as const, text: shown}
}

function listResponse(value: unknown) {
  const fields = fieldsOf(value)
  const id = textOf(fieldsOf(fields.singleSelectReply).selectedRowId)
  return chosen(id, textOf(fields.title), textOf(fields.description))
}

function interactiveResponse(value: unknown) {
  const fields = fieldsOf(value)
  const flow = fieldsOf(fields.nativeFlowResponseMessage)
  const values = parsed(flow.paramsJson)
  const {id, display_text: shown} = fieldsOf(values)
  const body = textOf(fieldsOf(fields.body).text)
  if (textOf(id) !== undefined) return chosen(textOf(id), textOf(shown) ?? body)
  return {content: {kind: 'form', name: textOf(flow.name), values} as const, text: body ?? ''}
}

function parsed(value: unknown): unknown {
  if (typeof value !== 'string') return value ?? {}
  try {
    return JSON.parse(value)
  } catch {
    return value
  }
}

function reaction(value: unknown) {
  const fields = fieldsOf(value)
  const emoji = textOf(fields.text) ?? ''
  const messageId = textOf(fieldsOf(fields.key).id)
  if (messageId === undefined) return undefined
  return {content: {kind: 'reaction', message_id: messageId, emoji} as const, text: emoji}
}

/** Edits and revocations, where a server passes them on as messages. */
function protocol(value: unknown) {
  const fields = fieldsOf(value)
  const messageId = textOf(fieldsOf(fields.key).id)
  if (messageId === undefined) return undefined
  if (fields.editedMessage !== undefined) {
    const {text} = readContent(withoutProtocol(fields.editedMessage), undefined)
    return {content: {kind: 'edit', message_id: messageId, text} as const, text}
  }
  if (fields.type === 0 || fields.type === 'REVOKE') {
    return {content: {kind: 'revoke', message_id: messageId} as const, text: ''}
  }
  return undefined
}

/** An edit of an edit is not followed: it could go on for ever. */
const withoutProtocol = (message: unknown): Fields => ({...fieldsOf(message), protocolMessage: undefined})
