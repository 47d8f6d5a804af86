import type {Content} from '../base/message.ts'
import {type OutboundMeta, outboundRow} from '../messages/rows.ts'
import type {Row} from '../store/database.ts'

/** What a lane sends first: replies, then campaigns. A look by each of them finds its place in the queue's index. */
export const PRIORITIES = [0, 1] as const

/** A reply that could not leave for this long has lost its point. */
const REPLY_LIFE_MS = 24 * 3600_000

export interface NewOutbound {
  id: string
  conversationId: string
  configId: string
  contactId: string
  /** Where it goes, `kind:value`; the pair rate counts per this. */
  address: string
  content: Content
  purpose: 'reply' | 'marketing'
  /** 0 for replies, 1 for campaigns. */
  priority?: (typeof PRIORITIES)[number]
  meta?: Omit<OutboundMeta, 'content'>
  /** Milliseconds. */
  now: number
  notBefore?: number
  expiresAt?: number
}

/** The two rows of an outgoing message: what people see, and the small hot one that the lane works on. */
export function outboundRows(out: NewOutbound): {message: Row; outbox: Row} {
  const {id, conversationId, configId, contactId, now} = out
  return {
    message: outboundRow(
      {id, conversationId, configId, contactId, now},
      {content: out.content, ...(out.purpose === 'marketing' ? {purpose: out.purpose} : {}), ...out.meta},
    ),
    outbox: {
      id,
      config_id: configId,
      conversation_id: conversationId,
      contact_id: contactId,
      recipient: out.address.slice(0, 400),
      state: 'queued',
      priority: out.priority ?? 0,
      purpose: out.purpose,
      attempts: 0,
      due_at: new Date(out.notBefore ?? now),
      expires_at: new Date(out.expiresAt ?? now + REPLY_LIFE_MS),
      created_at: new Date(now),
    },
  }
}
