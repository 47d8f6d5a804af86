import {isRecord} from '../../base/json.ts'
import {didYouMean} from '../../base/nearest.ts'
import {eventTypes, isEventType} from '../../base/events.ts'
import type {Path} from '../problem.ts'
import type {Json} from '../session.ts'
import {matchOf} from './read-mocks.ts'
import type {Reader} from './reader.ts'
import {ThenInput} from './schema.ts'
import type {ExpectedEvent, Then} from './suite.ts'

/** Reads what must be so at the end of a dialogue. */
export function readThen(value: unknown, path: Path, reader: Reader): Then {
  if (value === undefined || value === null) return {}
  const read = reader.parse(ThenInput, value, path)
  if (!read) return {}
  const {vars, node, outcome, calls, events, contact} = read
  const placed = <T>(key: string, item: T) => ({value: item, at: reader.at([...path, key], 'key')})
  const then: Then = {}
  if (vars && isSome(vars, [...path, 'vars'], reader)) then.vars = placed('vars', vars)
  if (node !== undefined) then.node = placed('node', node)
  if (outcome !== undefined) then.outcome = placed('outcome', outcome)
  if (calls !== undefined) then.calls = placed('calls', typeof calls === 'number' ? calls : calls.map(matchOf))
  if (events && isSome(events, [...path, 'events'], reader))
    then.events = placed(
      'events',
      events.map((event, index) => readEvent(event, [...path, 'events', index], reader)),
    )
  if (contact && isSome(contact, [...path, 'contact'], reader))
    then.contact = placed('contact', contact as Record<string, Json>)
  if (Object.keys(read).length === 0) reader.refuse(path, 'asserts-nothing', '"then" asserts nothing.')
  return then
}

function isSome(value: object, path: Path, reader: Reader): boolean {
  if (Object.keys(value).length > 0) return true
  reader.refuse(path, 'asserts-nothing', `"${String(path.at(-1))}" asserts nothing.`)
  return false
}

function readEvent(
  event: string | {type: string; [field: string]: unknown},
  path: Path,
  reader: Reader,
): ExpectedEvent {
  const {type, ...data} = isRecord(event) ? event : {type: event}
  if (!isEventType(type)) {
    const hint = didYouMean(type, eventTypes) ?? 'See the types of pytake tail --help.'
    reader.refuse(isRecord(event) ? [...path, 'type'] : path, 'unknown-event', `"${type}" is no event.`, hint)
  }
  return {at: reader.at(path), type, data: data as Record<string, Json>}
}
