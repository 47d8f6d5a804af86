import {digestOf} from '../../base/digest.ts'
import {fieldsOf, millisecondsOf, textOf, type Fields} from '../../base/read.ts'
import type {UnknownEvent} from '../channel.ts'

/** One `changes[]` element with what its readers need to know of its surroundings. */
export interface Change {
  field: string
  value: Fields
  /** The whole element, for unknown events. */
  raw: unknown
  waba: string | undefined
  number: string | undefined
  /** `entry.time`, ms; 0 on message fields. */
  at: number
}

export function changeOf(raw: unknown, entry: Fields): Change {
  const change = fieldsOf(raw)
  const value = fieldsOf(change.value)
  return {
    field: textOf(change.field) ?? '',
    value,
    raw,
    waba: textOf(entry.id),
    number: textOf(fieldsOf(value.metadata).phone_number_id),
    at: millisecondsOf(entry.time),
  }
}

/**
 * Key of what has no id of its own. `entry.time` is part of it: a template may be paused, approved and
 * paused again with the same words, and the last of these must not pass for a repeat.
 */
export const hashKey = (change: Change, part: unknown) =>
  `hash|${digestOf([change.waba, change.at, change.field, part])}`

/** Where an event belongs: the common head of everything that comes out of this change. */
export const placeOf = (change: Change) => ({number: change.number, businessAccountId: change.waba})

export function unknownEvent(change: Change, name: string, raw: unknown): UnknownEvent {
  return {type: 'unknown', dedupe: hashKey(change, raw), ...placeOf(change), name, raw}
}
