import type {Content, MediaKind, MediaSource} from '../../base/message.ts'
import {textOf} from '../../base/read.ts'
import type {OutboundMessage} from '../channel.ts'
import {addressOf, chatOf} from './jid.ts'
import {menuText} from './menu.ts'

type Json = Record<string, unknown>

export interface Sending {
  /** `message/sendText` and its kin. */
  action: string
  json: Json
  /** The server fetches or converts a file for it. */
  slow: boolean
}

/** The call that sends this message, or undefined when the channel cannot send it or not to this person. */
export function sendingOf(message: OutboundMessage): Sending | undefined {
  const number = addressOf(message.to)
  if (number === undefined) return undefined
  const sending = contentSending(message)
  if (sending === undefined || message.content.kind === 'reaction') return sending
  const json: Json = {number, ...sending.json}
  if (message.replyTo !== undefined) json.quoted = {key: {id: message.replyTo}}
  return {...sending, json}
}

function contentSending({content, to}: OutboundMessage): Sending | undefined {
  switch (content.kind) {
    case 'text':
      return quick('sendText', {text: content.text, linkPreview: content.preview_url})
    case 'location': {
      const {latitude, longitude} = content
      // The server wants all four.
      const name = content.name ?? content.address ?? `${latitude},${longitude}`
      return quick('sendLocation', {latitude, longitude, name, address: content.address ?? name})
    }
    case 'contacts':
      return quick('sendContact', {contact: content.contacts.map(card)})
    case 'reaction': {
      const key = {remoteJid: chatOf(to), fromMe: false, id: content.message_id}
      return quick('sendReaction', {key, reaction: content.emoji})
    }
    case 'buttons':
    case 'list':
    case 'cta_url':
      return menu(content)
    case 'template':
      return undefined
    default:
      return media(content.kind, content.media, content)
  }
}

const quick = (action: string, json: Json): Sending => ({action: `message/${action}`, json, slow: false})

function menu(content: Extract<Content, {kind: 'buttons' | 'list' | 'cta_url'}>): Sending | undefined {
  const text = menuText(content)
  const {header} = content
  if (!header || 'text' in header) return quick('sendText', {text})
  return media(header.kind, header.media, {caption: text, filename: header.filename})
}

interface MediaWords {
  caption?: string
  filename?: string
  voice?: boolean
}

function media(kind: MediaKind, source: MediaSource, {caption, filename, voice}: MediaWords): Sending | undefined {
  if ('sha256' in source) return undefined
  const file = 'link' in source ? source.link : source.id
  if (kind === 'sticker') return {action: 'message/sendSticker', json: {sticker: file}, slow: true}
  if (kind === 'audio' && voice)
    return {action: 'message/sendWhatsAppAudio', json: {audio: file, encoding: true}, slow: true}
  const json: Json = {
    mediatype: kind,
    media: file,
    caption,
    fileName: filename ?? (kind === 'document' ? 'file' : undefined),
  }
  return {action: 'message/sendMedia', json, slow: true}
}

type Card = Extract<Content, {kind: 'contacts'}>['contacts'][number]

function card({name, phones, ...rest}: Card): Json {
  const first = phones?.[0]
  const phoneNumber = first?.phone ?? (first?.wa_id === undefined ? '' : `+${first.wa_id}`)
  return {fullName: name.formatted_name, phoneNumber, wuid: first?.wa_id, ...organization(rest)}
}

function organization(rest: Record<string, unknown>): Json {
  const company = (rest.org as {company?: unknown} | undefined)?.company
  return textOf(company) === undefined ? {} : {organization: company}
}
