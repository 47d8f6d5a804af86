import {canonicalPhone} from '../base/phone.ts'
import {identityKey, type StoredIdentity} from '../contacts/identity.ts'
import type {Tx} from '../store/database.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import type {Batch} from './batch.ts'
import type {InboxItem} from './inbox-row.ts'
import {identitiesOf} from './item-identities.ts'
import {mergePeople} from './merge-people.ts'

type TenantTx = Tx<TenantSchema>

/** An identity as it is stored, and whose it is. */
export type KnownIdentity = StoredIdentity & {contact_id: string}

export interface Linked {
  /** Identities that belong together, by any of them. */
  links: Batch['links']
  /** Rows that were read before may name contacts that are no more. */
  merged: boolean
}

interface Group {
  identities: Map<string, StoredIdentity>
  contacts: Set<string>
}

/**
 * A webhook may tell that two senders are one person: its message carries both of their identities. What a batch says
 * of this holds for the whole batch, and contacts that turn out to be one are merged before anything else is read.
 */
export async function linkPeople(
  tx: TenantTx,
  batch: Batch,
  items: readonly InboxItem[],
  known: readonly KnownIdentity[],
): Promise<Linked> {
  const groups = new Groups()
  for (const item of items) {
    if (item.body.type === 'message' && item.body.ignored) continue
    groups.add(identitiesOf(batch, item))
  }
  for (const row of known) groups.claim(row)
  const links = new Map<string, readonly StoredIdentity[]>()
  let merged = false
  for (const {identities, contacts} of groups.all()) {
    if (contacts.size > 1) {
      await merge(tx, batch, [...contacts])
      merged = true
    }
    const together = [...identities.values()]
    for (const key of identities.keys()) links.set(key, together)
  }
  return {links, merged}
}

async function merge(tx: TenantTx, batch: Batch, contacts: readonly string[]): Promise<void> {
  const kept = await mergePeople(tx, contacts, batch.now)
  for (const [key, id] of batch.identities) if (contacts.includes(id)) batch.identities.set(key, kept)
}

/** Sets of identities that grow together when one identity is in both. */
class Groups {
  readonly #byKey = new Map<string, Group>()

  add(identities: readonly StoredIdentity[]): void {
    const group: Group = {identities: new Map(), contacts: new Set()}
    for (const identity of identities) {
      const key = identityKey(identity)
      const other = this.#byKey.get(key)
      if (other && other !== group) this.#absorb(group, other)
      group.identities.set(key, identity)
      this.#byKey.set(key, group)
    }
  }

  /** An identity whose person is known; a number may be stored with or without Brazil's ninth digit. */
  claim({kind, scope, value, contact_id: contactId}: KnownIdentity): void {
    const keys = [{kind, scope, value}, ...(kind === 'phone' ? [{kind, scope, value: canonicalPhone(value)}] : [])]
    for (const key of keys.map(identityKey)) this.#byKey.get(key)?.contacts.add(contactId)
  }

  all(): Set<Group> {
    return new Set(this.#byKey.values())
  }

  #absorb(group: Group, other: Group): void {
    for (const [key, identity] of other.identities) {
      group.identities.set(key, identity)
      this.#byKey.set(key, group)
    }
    for (const id of other.contacts) group.contacts.add(id)
  }
}
