import type {ChangeEvent} from '../channels/channel.ts'
import {identityKey} from '../contacts/identity.ts'
import {type Batch, touch} from './batch.ts'
import type {InboxItem} from './inbox-row.ts'
import {identitiesOf} from './item-identities.ts'
import {addIdentity} from './people.ts'

/** Account, template, preference and connection news: an event each, and what follows from it for contacts. */
export function recordChange(batch: Batch, item: InboxItem, event: ChangeEvent): void {
  const {change} = event
  const base = {config_id: item.configId}
  const add = (type: 'template_updated' | 'account_updated' | 'number_connection', data: object) =>
    batch.written.events.push({type, at: batch.now, data: {...base, ...data}})
  switch (change.kind) {
    case 'template':
      return void add('template_updated', {
        name: change.name,
        language: change.language ?? null,
        event: change.event,
        reason: change.reason ?? null,
      })
    case 'account':
      return void add('account_updated', {event: change.event, severity: change.severity, detail: change.data})
    case 'number':
      return void add('account_updated', {event: change.event, severity: 'info', detail: change.data})
    case 'error':
      return void add('account_updated', {
        event: 'error',
        severity: 'warn',
        code: change.error.code,
        error: change.error.message,
        next_step: change.error.nextStep,
      })
    case 'connection':
      return void add('number_connection', {state: change.state, final: change.final})
    case 'qrcode':
      return void add('number_connection', {state: change.exhausted ? 'qrcode_exhausted' : 'qrcode'})
    case 'preference':
      return recordPreference(batch, item, change.marketing)
    case 'identity':
      return recordIdentity(batch, item)
    case 'deleted':
      return
  }
}

/** The customer said stop (or resume) to marketing in WhatsApp itself. */
function recordPreference(batch: Batch, item: InboxItem, marketing: boolean): void {
  for (const identity of identitiesOf(batch, item)) {
    const contact = batch.contacts.get(batch.identities.get(identityKey(identity)) ?? '')
    if (!contact) continue
    setConsent(batch, contact.row.id, marketing, 'whatsapp_preference')
    return
  }
}

/** Records a consent, sets the contact's flag and tells it; nothing when it is so already. */
export function setConsent(batch: Batch, contactId: string, granted: boolean, source: string): boolean {
  const contact = batch.contacts.get(contactId)
  if (!contact || contact.row.opted_in === granted) return false
  contact.row.opted_in = granted
  touch(contact)
  batch.written.consents.push({
    contact_id: contactId,
    purpose: 'marketing',
    granted,
    source,
    created_at: new Date(batch.now),
  })
  batch.written.events.push({
    type: granted ? 'contact_opted_in' : 'contact_opted_out',
    at: batch.now,
    data: {contact_id: contactId, contact_name: contact.row.name, contact_phone: contact.row.phone, source},
  })
  return true
}

/** A number or a user id changed: the new one leads to the same contact. */
function recordIdentity(batch: Batch, item: InboxItem): void {
  const identities = identitiesOf(batch, item)
  const contactId = identities
    .map((identity) => batch.identities.get(identityKey(identity)))
    .find((id) => id !== undefined)
  if (contactId === undefined) return
  for (const identity of identities) {
    if (!batch.identities.has(identityKey(identity))) addIdentity(batch, identity, contactId)
  }
}
