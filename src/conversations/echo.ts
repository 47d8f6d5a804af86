import type {EchoMessage} from '../channels/channel.ts'
import {identityKey} from '../contacts/identity.ts'
import {showsAs} from '../delivery/echo-match.ts'
import {receivedRow} from '../messages/rows.ts'
import {type Batch, knownKey, tell, touch} from './batch.ts'
import type {InboxItem} from './inbox-row.ts'
import {identitiesOf} from './item-identities.ts'
import {findOrMakeContact, findOrOpenConversation} from './people.ts'

/** How long the bot keeps quiet after a person typed on the business's phone, unless the tenant set another time. */
const PHONE_HOLDS_MS = 30 * 60_000

/**
 * A message that left the business's number without us asking for it. Somebody answers by hand, so the bot is silent
 * for a while. An echo of what we sent ourselves changes nothing: the sender joins it by its id.
 */
export function recordEcho(batch: Batch, item: InboxItem, echo: EchoMessage): void {
  if (batch.known.has(knownKey(item.configId, echo.providerId))) return
  const [address] = echo.to
  if (!address || settlesOurs(batch, item, echo) || echo.viaApi) return
  const contact = findOrMakeContact(batch, identitiesOf(batch, item), undefined)
  const conversation = findOrOpenConversation(batch, {contact, configId: item.configId, address})
  const {row} = conversation
  const id = batch.ids.next()
  const where = {id, conversationId: row.id, configId: item.configId, contactId: contact.row.id, now: batch.now}
  batch.written.messages.push(receivedRow(where, 'outbound', echo, {content: echo.content, by: 'phone'}))
  row.last_message_at = new Date(Math.max(row.last_message_at?.getTime() ?? 0, echo.at))
  if (row.holder !== 'human') {
    row.holder = 'phone'
    row.held_until_at = new Date(echo.at + holdMs(batch))
  }
  touch(conversation)
  tell(batch, 'message_sent', conversation, {
    message_id: id,
    kind: echo.kind,
    text: echo.text,
    direction: 'outbound',
    by: 'phone',
  })
}

/**
 * An echo of something we sent ourselves: it may be the answer we did not get. Each message of ours is
 * claimed by one echo.
 */
function settlesOurs(batch: Batch, item: InboxItem, echo: EchoMessage): boolean {
  const contactIds = new Set(identitiesOf(batch, item).map((identity) => batch.identities.get(identityKey(identity))))
  const at = batch.echoes.findIndex(
    (one) =>
      one.configId === item.configId &&
      contactIds.has(one.contactId) &&
      one.providerId === null &&
      showsAs(one, echo.text),
  )
  const [ours] = at === -1 ? [] : batch.echoes.splice(at, 1)
  if (!ours) return false
  if (ours.state !== 'unknown') return true
  batch.written.settled.push(ours.id)
  batch.written.statusUpdates.set(ours.id, {
    id: ours.id,
    status: 'sent',
    whatsapp_message_id: echo.providerId.slice(0, 255),
    error_message: null,
    next_step: null,
    status_at: new Date(batch.now),
  })
  return true
}

function holdMs({tenant}: Batch): number {
  const minutes = tenant.settings.phone_hold_minutes
  return typeof minutes === 'number' && minutes >= 0 ? minutes * 60_000 : PHONE_HOLDS_MS
}
