import type {Identity} from '../../base/message.ts'
import {canonicalPhone} from '../../base/phone.ts'
import {textOf} from '../../base/read.ts'

/** A person as Meta names one: any part may be missing, empty counts as missing. */
export interface NamedPerson {
  waId: unknown
  userId: unknown
  parentUserId?: unknown
}

/** Best first: the id that answers go to, then the telephone behind it, then the business-scoped ids. */
export function identitiesOf(person: NamedPerson, waba: string | undefined): Identity[] {
  const identities: Identity[] = []
  const waId = textOf(person.waId)
  if (waId !== undefined) {
    identities.push({kind: 'wa_id', value: waId})
    if (/^\d+$/.test(waId)) identities.push({kind: 'phone', value: canonicalPhone(waId)})
  }
  const userId = textOf(person.userId)
  if (userId !== undefined) identities.push({kind: 'bsuid', value: userId, scope: waba})
  const parent = textOf(person.parentUserId)
  if (parent !== undefined) identities.push({kind: 'parent_bsuid', value: parent, scope: waba})
  return identities
}
