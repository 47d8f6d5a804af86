import {isObject, type Json, listOf, objectOf, textOf} from '../json.ts'
import {EvolutionError, requires, schemaError} from './error.ts'

/** A request to send that passed the checks. */
export interface Outgoing {
  type: string
  /** `number` as written; undefined where the key of another message says where it goes. */
  to: string | undefined
  /** Chat of a reaction. */
  chat: string
  text: string
  message: Json
  messageType: string
  quoted: string | undefined
  delayMs: number
}

type Built = Pick<Outgoing, 'text' | 'message' | 'messageType'> & {chat?: string}

const actions: Record<string, {type: string; build(body: Json): Built}> = {
  sendText: {type: 'text', build: (body) => plain(needString(body, 'text'))},
  sendMedia: {type: 'media', build: media},
  sendWhatsAppAudio: {
    type: 'audio',
    build: (body) =>
      content('audioMessage', {ptt: true, mimetype: 'audio/ogg; codecs=opus', url: needMedia(body, 'audio')}, ''),
  },
  sendPtv: {type: 'video', build: (body) => content('ptvMessage', {url: needMedia(body, 'video')}, '')},
  sendSticker: {
    type: 'sticker',
    build: (body) => content('stickerMessage', {mimetype: 'image/webp', url: needMedia(body, 'sticker')}, ''),
  },
  sendLocation: {type: 'location', build: location},
  sendContact: {type: 'contacts', build: contact},
  sendReaction: {type: 'reaction', build: reaction},
  sendPoll: {type: 'poll', build: poll},
  sendButtons: {type: 'buttons', build: buttons},
  sendList: {type: 'list', build: list},
}

/** Checks the body of a send as the server's schemas do; throws what it answers with. */
export function checkSend(action: string, body: Json): Outgoing {
  const known = actions[action]
  if (!known) throw new EvolutionError(404, [`Cannot POST /message/${action}`])
  const to = action === 'sendReaction' ? undefined : needString(body, 'number')
  if (body.delay !== undefined && typeof body.delay !== 'number')
    throw schemaError('instance.delay is not of a type(s) integer')
  const quoted = isObject(body.quoted) ? textOf(objectOf(body.quoted.key).id) : ''
  return {type: known.type, to, chat: '', quoted: quoted || undefined, delayMs: body.delay ?? 0, ...known.build(body)}
}

function needString(body: Json, key: string): string {
  const value = body[key]
  if (value === undefined || value === null) throw requires(key)
  if (typeof value !== 'string') throw schemaError(`instance.${key} is not of a type(s) string`)
  if (value === '') throw schemaError(`instance.${key} does not meet minimum length of 1`)
  return value
}

function needNumber(body: Json, key: string): number {
  const value = body[key]
  if (value === undefined) throw requires(key)
  if (typeof value !== 'number') throw schemaError(`instance.${key} is not of a type(s) number`)
  return value
}

function needItems(body: Json, key: string, {min = 1, max = Number.POSITIVE_INFINITY} = {}): unknown[] {
  const value = body[key]
  if (value === undefined) throw requires(key)
  if (!Array.isArray(value)) throw schemaError(`instance.${key} is not of a type(s) array`)
  if (value.length < min) throw schemaError(`instance.${key} does not meet minimum length of ${min}`)
  if (value.length > max) throw schemaError(`instance.${key} does not meet maximum length of ${max}`)
  return value
}

const plain = (text: string): Built => ({text, message: {conversation: text}, messageType: 'conversation'})

const content = (messageType: string, value: Json, text: string): Built => ({
  ...{text, messageType},
  message: {[messageType]: value},
})

/** A public address or base64; anything else is refused. A file of a form is neither and stands for itself. */
function needMedia(body: Json, key: string): string {
  if (body.file === true) return 'https://mmg.example/v/upload.enc'
  const value = needString(body, key)
  const base64 = value.length % 4 === 0 && /^[A-Za-z0-9+/]+={0,2}$/.test(value)
  if (!/^https?:\/\/\S+$/.test(value) && !base64) throw new EvolutionError(400, ['Owned media must be a url or base64'])
  return base64 ? 'https://mmg.example/v/upload.enc' : value
}

const mediaTypes = ['image', 'video', 'document', 'audio']

function media(body: Json): Built {
  const type = needString(body, 'mediatype')
  if (!mediaTypes.includes(type))
    throw schemaError(`instance.mediatype is not one of enum values: ${mediaTypes.join(',')}`)
  const base64 = body.file !== true && !textOf(body.media).startsWith('http')
  const url = needMedia(body, 'media')
  const fileName = textOf(body.fileName)
  if (base64 && type === 'document' && !fileName)
    throw new EvolutionError(400, ['For base64 the file name must be informed.'])
  const caption = textOf(body.caption)
  const mimetype = textOf(body.mimetype) || undefined
  return content(
    `${type}Message`,
    {url, mimetype, caption: caption || undefined, fileName: fileName || undefined},
    caption || fileName,
  )
}

function location(body: Json): Built {
  const name = needString(body, 'name')
  const address = needString(body, 'address')
  const place = {
    degreesLatitude: needNumber(body, 'latitude'),
    degreesLongitude: needNumber(body, 'longitude'),
    name,
    address,
  }
  return content('locationMessage', place, `${name} · ${address}`)
}

function contact(body: Json): Built {
  const names = needItems(body, 'contact').map((one) => {
    const card = objectOf(one)
    if (!textOf(card.phoneNumber)) throw requires('phoneNumber')
    return needString(card, 'fullName')
  })
  const cards = names.map((displayName) => ({
    displayName,
    vcard: `BEGIN:VCARD\nVERSION:3.0\nFN:${displayName}\nEND:VCARD`,
  }))
  const [only] = cards
  if (cards.length === 1 && only) return content('contactMessage', only, only.displayName)
  return content('contactsArrayMessage', {displayName: `${cards.length} contacts`, contacts: cards}, names.join(', '))
}

function reaction(body: Json): Built {
  if (body.key === undefined) throw requires('key')
  const key = objectOf(body.key)
  for (const name of ['id', 'remoteJid']) if (!textOf(key[name])) throw requires(name)
  if (typeof body.reaction !== 'string') throw requires('reaction')
  const emoji = body.reaction
  const single = [...new Intl.Segmenter().segment(emoji)].length <= 1 && (emoji === '' || /\p{Emoji}/u.test(emoji))
  if (!single) throw new EvolutionError(400, ['"reaction" must be a single emoji or empty string'])
  return {...content('reactionMessage', {key, text: emoji}, emoji), chat: textOf(key.remoteJid)}
}

function poll(body: Json): Built {
  const name = needString(body, 'name')
  const count = needNumber(body, 'selectableCount')
  if (count < 0 || count > 10) throw schemaError('instance.selectableCount must be from 0 to 10')
  const values = needItems(body, 'values', {min: 2, max: 10})
  if (new Set(values).size !== values.length) throw schemaError('instance.values contains duplicate item')
  const options = values.map((optionName) => ({optionName}))
  return content('pollCreationMessageV3', {name, options, selectableOptionsCount: count}, name)
}

const buttonKeys: Record<string, string[]> = {
  reply: ['displayText', 'id'],
  url: ['displayText', 'url'],
  call: ['displayText', 'phoneNumber'],
  copy: ['displayText', 'copyCode'],
  pix: ['currency', 'name', 'keyType', 'key'],
}

function buttons(body: Json): Built {
  const title = needString(body, 'title')
  const all = needItems(body, 'buttons').map(objectOf)
  for (const button of all) {
    const keys = buttonKeys[textOf(button.type)]
    if (!keys)
      throw schemaError(`instance.buttons.type is not one of enum values: ${Object.keys(buttonKeys).join(',')}`)
    for (const key of keys) needString(button, key)
  }
  const replies = all.filter((button) => button.type === 'reply').length
  if (replies > 3) throw new EvolutionError(400, ['Maximum of 3 reply buttons are allowed'])
  if (replies > 0 && replies < all.length)
    throw new EvolutionError(400, ['Reply buttons cannot be mixed with other types'])
  return content('interactiveMessage', {body: {text: title}, nativeFlowMessage: {buttons: all}}, title)
}

function list(body: Json): Built {
  const title = needString(body, 'title')
  needString(body, 'footerText')
  needString(body, 'buttonText')
  for (const section of needItems(body, 'sections').map(objectOf)) {
    needString(section, 'title')
    for (const row of needItems(section, 'rows').map(objectOf)) {
      needString(row, 'title')
      needString(row, 'rowId')
    }
  }
  return content('listMessage', {title, sections: listOf(body.sections)}, title)
}
