import type {Identity} from '../base/message.ts'
import {canonicalPhone} from '../base/phone.ts'

/** Where identities are scoped: a BSUID belongs to a WABA, a JID or LID to one config. */
export interface IdentityScope {
  configId: string
  businessAccountId?: string
}

export interface StoredIdentity {
  kind: Identity['kind']
  scope: string
  value: string
}

/**
 * Everything a sender can be found by. A number is looked up in its canonical form with Brazil's ninth digit, besides
 * the form the channel uses, so that both forms are one person (design, decision 9).
 */
export function storedIdentities(from: readonly Identity[], scope: IdentityScope): StoredIdentity[] {
  const found = new Map<string, StoredIdentity>()
  const add = (identity: StoredIdentity) => found.set(identityKey(identity), identity)
  for (const {kind, value} of from) {
    if (kind === 'wa_id' || kind === 'phone')
      add({kind: 'phone', scope: '', value: canonicalPhone(value.replace(/^\+/, ''))})
    if (kind !== 'phone') add({kind, scope: scopeOf(kind, scope), value: value.slice(0, 255)})
    if (kind === 'jid') {
      const digits = /^(\d+)(?::\d+)?@s\.whatsapp\.net$/.exec(value)?.[1]
      if (digits) add({kind: 'phone', scope: '', value: canonicalPhone(digits)})
    }
  }
  return [...found.values()]
}

function scopeOf(kind: Identity['kind'], {configId, businessAccountId}: IdentityScope): string {
  if (kind === 'bsuid' || kind === 'parent_bsuid') return businessAccountId ?? ''
  return kind === 'lid' || kind === 'jid' ? configId : ''
}

export const identityKey = ({kind, scope, value}: StoredIdentity): string => `${kind} ${scope} ${value}`

/** `+` and digits, as `contacts.phone` holds it. */
export function phoneOf(identities: readonly StoredIdentity[]): string | null {
  const phone = identities.find(({kind}) => kind === 'phone')
  return phone ? `+${phone.value}` : null
}

/** An identity as one word, for `conversations.reply_to` and the pair-rate key. */
export const addressText = ({kind, value}: Identity): string => `${kind}:${value}`

export function parseAddress(text: string): Identity {
  const at = text.indexOf(':')
  return {kind: text.slice(0, at) as Identity['kind'], value: text.slice(at + 1)}
}
