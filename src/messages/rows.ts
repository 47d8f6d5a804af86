import {type Content, type ContentKind, type InboundContent, readableText} from '../base/message.ts'
import {toJson} from '../store/columns.ts'
import type {Row} from '../store/database.ts'

/** `messages.type` is the provider's kind. */
const providerKind: Partial<Record<ContentKind, string>> = {
  buttons: 'interactive',
  list: 'interactive',
  cta_url: 'interactive',
}

export const providerKindOf = (content: Content): string => providerKind[content.kind] ?? content.kind

interface Where {
  id: string
  conversationId: string
  configId: string
  contactId: string
  /** Milliseconds. */
  now: number
}

export interface OutboundMeta {
  content: Content
  /** Goes instead when the 24-hour window is closed by the time it is sent. */
  fallback?: Content
  reply_to?: string
  /** Which step of which flow said it. */
  flow?: {flow: string; release: string; node: string; session: string}
  /** Set where it is not a plain reply, so that a resend is gated the same. */
  purpose?: 'marketing'
  resend_of?: string
  /** The message that was sent in place of this one. */
  resent_as?: string
  by?: string
}

/** A row of `messages` for something we are about to send. */
export function outboundRow(where: Where, meta: OutboundMeta): Row {
  return {
    id: where.id,
    conversation_id: where.conversationId,
    direction: 'outbound',
    type: providerKindOf(meta.content),
    content: readableText(meta.content),
    media_url: mediaUrlOf(meta.content),
    status: 'queued',
    whatsapp_message_id: null,
    error_message: null,
    metadata: toJson(meta),
    whatsapp_config_id: where.configId,
    contact_id: where.contactId,
    status_at: new Date(where.now),
    created_at: new Date(where.now),
  }
}

const mediaUrlOf = (content: Content): string | null => {
  if (!('media' in content)) return null
  if ('link' in content.media) return content.media.link
  return 'sha256' in content.media ? mediaPath(content.media.sha256) : null
}

/** Our own authenticated address of stored media. */
export const mediaPath = (id: string): string => `/api/v1/media/${id}`

export interface InboundMeta {
  content: InboundContent
  option?: {id: string; title: string}
  reply_to?: string
  forwarded?: boolean
  referral?: unknown
  voice?: boolean
  /** `phone`: typed by a person on the business's own phone. */
  by?: string
  media?: {sha256?: string; error?: string}
}

export interface ReceivedText {
  providerId: string
  kind: string
  text: string
  /** The provider's time, ms. */
  at: number
}

/** A row of `messages` for something that came in, or that a person typed on the business's phone. */
export function receivedRow(
  where: Where,
  direction: 'inbound' | 'outbound',
  text: ReceivedText,
  meta: InboundMeta,
): Row {
  return {
    id: where.id,
    conversation_id: where.conversationId,
    direction,
    type: text.kind.slice(0, 50),
    content: text.text,
    media_url: null,
    status: direction === 'inbound' ? 'received' : 'sent',
    whatsapp_message_id: text.providerId.slice(0, 255),
    error_message: null,
    metadata: toJson(meta),
    whatsapp_config_id: where.configId,
    contact_id: where.contactId,
    status_at: new Date(text.at),
    created_at: new Date(where.now),
  }
}
