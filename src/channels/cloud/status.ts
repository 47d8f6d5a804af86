import {fieldsOf, itemsOf, millisecondsOf, textOf} from '../../base/read.ts'
import type {ChannelEvent, StatusUpdate} from '../channel.ts'
import {placeOf, unknownEvent, type Change} from './change.ts'
import {providerErrorOf} from './error.ts'
import {identitiesOf} from './identities.ts'

const known: ReadonlySet<string> = new Set(['sent', 'delivered', 'read', 'played', 'failed', 'deleted'])
const isKnown = (status: string | undefined): status is StatusUpdate['status'] =>
  status !== undefined && known.has(status)

/** `statuses[]` of a change: what became of a message of ours. */
export function statusUpdate(raw: unknown, change: Change): ChannelEvent {
  const fields = fieldsOf(raw)
  const providerId = textOf(fields.id)
  const status = textOf(fields.status)
  if (providerId === undefined || !isKnown(status)) return unknownEvent(change, `status ${status ?? ''}`.trim(), raw)
  const participant = textOf(fields.recipient_participant_id) ?? textOf(fields.recipient_participant_user_id)
  const recipient = identitiesOf(
    participant === undefined
      ? {waId: fields.recipient_id, userId: fields.recipient_user_id, parentUserId: fields.recipient_parent_user_id}
      : {waId: fields.recipient_participant_id, userId: fields.recipient_participant_user_id},
    change.waba,
  )
  const event: StatusUpdate = {
    type: 'status',
    dedupe: `status|${providerId}|${status}|${participant ?? ''}`,
    ...placeOf(change),
    providerId,
    status,
    at: millisecondsOf(fields.timestamp),
    recipient,
    callbackData: textOf(fields.biz_opaque_callback_data),
  }
  if (status === 'failed') event.error = providerErrorOf(itemsOf(fields.errors)[0])
  if (fields.pricing !== undefined) event.pricing = fields.pricing
  if (fields.conversation !== undefined) event.conversation = fields.conversation
  if (participant !== undefined) event.participant = participant
  return event
}
