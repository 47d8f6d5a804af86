import type {EchoMessage} from '../channels/channel.ts'
import {receivedRow} from '../messages/rows.ts'
import {type Batch, knownKey, tell, touch} from './batch.ts'
import type {InboxItem} from './inbox-row.ts'
import {identitiesOf} from './load.ts'
import {findOrMakeContact, findOrOpenConversation} from './people.ts'

/** How long the bot keeps quiet after a person typed on the business's phone, unless the tenant set another time. */
const PHONE_HOLDS_MS = 30 * 60_000

/**
 * A message that left the business's number without us asking for it. Somebody answers by hand, so the bot is silent
 * for a while (rules 2.7). An echo of what we sent ourselves changes nothing: the sender joins it by its id.
 */
export function recordEcho(batch: Batch, item: InboxItem, echo: EchoMessage): void {
  if (echo.viaApi || batch.known.has(knownKey(item.configId, echo.providerId))) return
  const [address] = echo.to
  if (!address) return
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

function holdMs({tenant}: Batch): number {
  const minutes = tenant.settings.phone_hold_minutes
  return typeof minutes === 'number' && minutes >= 0 ? minutes * 60_000 : PHONE_HOLDS_MS
}
