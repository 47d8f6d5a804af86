import {digestOf} from '../../base/digest.ts'
import {fieldsOf, itemsOf, textOf} from '../../base/read.ts'
import type {ChannelEvent, UnknownEvent} from '../channel.ts'
import {accountChanges} from './account-changes.ts'
import {changeOf, hashKey, placeOf, unknownEvent, type Change} from './change.ts'
import {providerErrorOf} from './error.ts'
import {echoMessage, inboundMessage} from './inbound.ts'
import {statusUpdate} from './status.ts'

/** A webhook body of Meta's as our events, in its order. Never throws; a bad element never takes its neighbours along. */
export function parseCloud(body: unknown): ChannelEvent[] {
  const {object, entry} = fieldsOf(body)
  if (object !== 'whatsapp_business_account' || !Array.isArray(entry)) return [notOurs(body, textOf(object) ?? 'body')]
  const events: ChannelEvent[] = []
  for (const rawEntry of itemsOf(entry)) {
    const fields = fieldsOf(rawEntry)
    if (!Array.isArray(fields.changes)) events.push(notOurs(rawEntry, 'entry'))
    for (const raw of itemsOf(fields.changes)) readChange(changeOf(raw, fields), events)
  }
  return events
}

function readChange(change: Change, events: ChannelEvent[]) {
  if (change.field === 'messages') return readMessages(change, events)
  if (change.field === 'smb_message_echoes') return readEach(change, 'message_echoes', echoMessage, events)
  const reader = Object.hasOwn(accountChanges, change.field) ? accountChanges[change.field] : undefined
  if (reader === undefined) events.push(unknownEvent(change, change.field || 'change', change.raw))
  else events.push(...reader(change))
}

function readMessages(change: Change, events: ChannelEvent[]) {
  const before = events.length
  for (const raw of itemsOf(change.value.messages)) events.push(inboundMessage(raw, change))
  for (const raw of itemsOf(change.value.statuses)) events.push(statusUpdate(raw, change))
  for (const raw of itemsOf(change.value.errors)) {
    const body = {kind: 'error', error: providerErrorOf(raw)} as const
    events.push({type: 'change', dedupe: hashKey(change, raw), ...placeOf(change), at: change.at, change: body})
  }
  if (events.length === before) events.push(unknownEvent(change, change.field, change.raw))
}

type ReadOne = (raw: unknown, change: Change) => ChannelEvent

function readEach(change: Change, list: string, read: ReadOne, events: ChannelEvent[]) {
  const items = itemsOf(change.value[list])
  if (items.length === 0) events.push(unknownEvent(change, change.field, change.raw))
  for (const raw of items) events.push(read(raw, change))
}

const notOurs = (raw: unknown, name: string): UnknownEvent => ({
  type: 'unknown',
  dedupe: `hash|${digestOf(raw)}`,
  name,
  raw,
})
