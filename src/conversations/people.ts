import type {Identity} from '../base/message.ts'
import {addressText, identityKey, phoneOf, type StoredIdentity} from '../contacts/identity.ts'
import {withoutHandOver} from './hand-over.ts'
import {recentOf} from './recent.ts'
import {type Batch, type ContactEntity, type ConversationEntity, openKey, tell, touch} from './batch.ts'

const NAME_LENGTH = 255

/** Finds the person behind a message by any of their identities, or makes them; new identities are kept. */
export function findOrMakeContact(
  batch: Batch,
  given: readonly StoredIdentity[],
  name: string | undefined,
): ContactEntity {
  const identities = withLinked(batch, given)
  const ids = identities.map((identity) => batch.identities.get(identityKey(identity)))
  const known = ids.find((id) => id !== undefined)
  const contact = (known && batch.contacts.get(known)) || makeContact(batch, identities, name)
  for (const [n, identity] of identities.entries()) {
    if (ids[n] === undefined) addIdentity(batch, identity, contact.row.id)
  }
  learn(contact, identities, name)
  return contact
}

/** What the message says of its sender, and what others of its batch add to it. */
function withLinked({links}: Batch, given: readonly StoredIdentity[]): readonly StoredIdentity[] {
  const together = given[0] && links.get(identityKey(given[0]))
  if (!together || together.length === given.length) return given
  const own = new Set(given.map(identityKey))
  return [...given, ...together.filter((identity) => !own.has(identityKey(identity)))]
}

function makeContact(batch: Batch, identities: readonly StoredIdentity[], name: string | undefined): ContactEntity {
  const now = new Date(batch.now)
  const contact: ContactEntity = {
    state: 'new',
    row: {
      id: batch.ids.next(),
      tenant_id: batch.tenant.id,
      phone: phoneOf(identities),
      name: name?.slice(0, NAME_LENGTH) ?? null,
      email: null,
      tags: [],
      attributes: {},
      opted_in: true,
      created_at: now,
      updated_at: now,
    },
  }
  batch.contacts.set(contact.row.id, contact)
  batch.written.events.push({
    type: 'contact_created',
    at: batch.now,
    data: {contact_id: contact.row.id, contact_name: contact.row.name, contact_phone: contact.row.phone},
  })
  return contact
}

export function addIdentity(batch: Batch, identity: StoredIdentity, contactId: string): void {
  batch.identities.set(identityKey(identity), contactId)
  batch.written.identities.push({...identity, contact_id: contactId})
}

/** Fills in what was not known of a contact; what is known is not overwritten by a profile name. */
function learn(contact: ContactEntity, identities: readonly StoredIdentity[], name: string | undefined): void {
  const {row} = contact
  const phone = row.phone ?? phoneOf(identities)
  const known = row.name ?? name?.slice(0, NAME_LENGTH) ?? null
  if (phone === row.phone && known === row.name) return
  row.phone = phone
  row.name = known
  touch(contact)
}

interface Where {
  contact: ContactEntity
  configId: string
  /** Where answers go. */
  address: Identity
}

/** The open conversation of a contact on a number, or a new one. */
export function findOrOpenConversation(batch: Batch, {contact, configId, address}: Where): ConversationEntity {
  const key = openKey(contact.row.id, configId)
  const found = batch.open.get(key)
  if (found) return found
  const recent = batch.recent.get(key)
  const now = new Date(batch.now)
  const conversation: ConversationEntity = {
    state: 'new',
    row: {
      id: batch.ids.next(),
      tenant_id: batch.tenant.id,
      whatsapp_config_id: configId,
      contact_id: contact.row.id,
      contact_phone: contact.row.phone,
      contact_name: contact.row.name,
      status: 'active',
      assigned_to: null,
      holder: 'bot',
      held_until_at: null,
      reply_to: addressText(address).slice(0, 400),
      last_inbound_at: null,
      tags: [],
      metadata: recent ? {recent} : {},
      last_message_at: now,
      created_at: now,
      updated_at: now,
    },
  }
  batch.open.set(key, conversation)
  batch.conversations.set(conversation.row.id, conversation)
  tell(batch, 'conversation_created', conversation, {id: conversation.row.id, status: 'active'})
  return conversation
}

/** Closes a conversation; the next message of the customer opens another one. */
export function closeConversation(
  batch: Batch,
  conversation: ConversationEntity,
  status: 'resolved' | 'abandoned',
): void {
  const {row} = conversation
  if (row.status !== 'active' && row.status !== 'waiting') return
  row.status = status
  row.holder = 'bot'
  row.held_until_at = null
  row.metadata = withoutHandOver(row.metadata)
  touch(conversation)
  const key = openKey(row.contact_id, row.whatsapp_config_id)
  batch.open.delete(key)
  batch.recent.set(key, recentOf(row.metadata))
  tell(batch, 'conversation_updated', conversation, {id: row.id, status})
}
