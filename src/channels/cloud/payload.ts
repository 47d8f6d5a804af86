import type {Content, Header, Identity, Option} from '../../base/message.ts'
import type {OutboundMessage} from '../channel.ts'
import {headerPayload, sourcePayload, type Json} from './media-payload.ts'
import {templatePayload} from './template-payload.ts'

/** The body of `POST /PNID/messages`, or the reason why this person cannot be addressed here. */
export function messagePayload(message: OutboundMessage): {body: Json} | {unaddressable: string} {
  const {content} = message
  const address = addressOf(message.to)
  if (address === undefined) return {unaddressable: `A ${message.to.kind} is no address on the Cloud API.`}
  const body: Json = {
    messaging_product: 'whatsapp',
    recipient_type: 'individual',
    ...address,
    ...contentPayload(content),
    biz_opaque_callback_data: message.callbackData,
  }
  if (message.replyTo !== undefined && content.kind !== 'reaction') {
    body.context = {message_id: message.replyTo}
  }
  return {body}
}

/** With `+`: without it Meta may put the business's own country code in front. */
function addressOf(to: Identity): Json | undefined {
  switch (to.kind) {
    case 'phone':
    case 'wa_id':
      return {to: `+${to.value.replace(/^\+/, '')}`}
    case 'bsuid':
    case 'parent_bsuid':
      return {recipient: to.value}
    case 'jid': {
      const digits = /^(\d+)@s\.whatsapp\.net$/.exec(to.value)?.[1]
      return digits === undefined ? undefined : {to: `+${digits}`}
    }
    default:
      return undefined
  }
}

function contentPayload(content: Content): Json {
  switch (content.kind) {
    case 'text':
      return {type: 'text', text: {body: content.text, preview_url: content.preview_url}}
    case 'location': {
      const {latitude, longitude, name, address} = content
      return {type: 'location', location: {latitude: String(latitude), longitude: String(longitude), name, address}}
    }
    case 'contacts':
      return {type: 'contacts', contacts: content.contacts}
    case 'reaction':
      return {type: 'reaction', reaction: {message_id: content.message_id, emoji: content.emoji}}
    case 'template':
      return templatePayload(content)
    case 'buttons':
      return interactive('button', content, {buttons: content.buttons.map(replyButton)})
    case 'list':
      return interactive('list', content, {button: content.button, sections: content.sections})
    case 'cta_url': {
      const parameters = {display_text: content.display_text, url: content.url}
      return interactive('cta_url', content, {name: 'cta_url', parameters})
    }
    default: {
      const {kind, caption, filename, voice} = content
      return {type: kind, [kind]: {...sourcePayload(content.media), caption, filename, voice}}
    }
  }
}

interface Framed {
  text: string
  header?: Header
  footer?: string
}

function interactive(type: string, {text, header, footer}: Framed, action: Json): Json {
  const body: Json = {type, body: {text}, action}
  if (header) body.header = headerPayload(header)
  if (footer !== undefined && footer !== '') body.footer = {text: footer}
  return {type: 'interactive', interactive: body}
}

const replyButton = ({id, title}: Option) => ({type: 'reply', reply: {id, title}})
