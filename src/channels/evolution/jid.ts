import type {Identity} from '../../base/message.ts'
import {canonicalPhone} from '../../base/phone.ts'
import {textOf, type Fields} from '../../base/read.ts'

export type JidKind = 'person' | 'lid' | 'group' | 'story' | 'newsletter' | 'broadcast' | 'unknown'

const PERSON = 's.whatsapp.net'

/** A chat address of WhatsApp: `<user>[:device]@<server>`. */
export function jidKind(jid: string | undefined): JidKind {
  if (jid === undefined) return 'unknown'
  if (jid === 'status@broadcast') return 'story'
  switch (jid.slice(jid.lastIndexOf('@') + 1)) {
    case PERSON:
    case 'c.us':
      return userOf(jid) === undefined ? 'unknown' : 'person'
    case 'lid':
      return userOf(jid) === undefined ? 'unknown' : 'lid'
    case 'g.us':
      return 'group'
    case 'newsletter':
      return 'newsletter'
    case 'broadcast':
      return 'broadcast'
    default:
      return 'unknown'
  }
}

/** The digits before the server and the device. */
const userOf = (jid: string): string | undefined => /^(\d+)(?::\d+)?@/.exec(jid)?.[1]

/**
 * Who a message key is about, best first: the telephone's address, then the telephone, then the privacy id. Servers
 * put them into three pairs of fields, by version.
 */
export function peopleOf(key: Fields): Identity[] {
  const addresses = [key.remoteJid, key.remoteJidAlt, key.senderPn, key.senderLid].map((value) => textOf(value))
  const phone = addresses.find((jid) => jidKind(jid) === 'person')
  const lid = addresses.find((jid) => jidKind(jid) === 'lid')
  const identities: Identity[] = []
  const digits = phone === undefined ? undefined : userOf(phone)
  if (digits !== undefined) {
    identities.push({kind: 'jid', value: `${digits}@${PERSON}`}, {kind: 'phone', value: canonicalPhone(digits)})
  }
  const privacy = lid === undefined ? undefined : userOf(lid)
  if (privacy !== undefined) identities.push({kind: 'lid', value: privacy})
  return identities
}

/** What `number` takes; undefined for ids that Evolution cannot address. */
export function addressOf(to: Identity): string | undefined {
  switch (to.kind) {
    case 'jid':
      return to.value
    case 'lid':
      return to.value.includes('@') ? to.value : `${to.value}@lid`
    case 'phone':
    case 'wa_id':
      return to.value.replace(/^\+/, '')
    default:
      return undefined
  }
}

/** The chat's full address, as message keys want it. */
export function chatOf(to: Identity): string | undefined {
  const address = addressOf(to)
  return address === undefined || address.includes('@') ? address : `${address}@${PERSON}`
}
