import {digestOf} from '../../base/digest.ts'
import {fieldsOf, textOf} from '../../base/read.ts'
import type {UnknownEvent} from '../channel.ts'

/** One webhook body of Evolution's. */
export interface Envelope {
  /** `messages.upsert`, in the one spelling. */
  event: string
  instance: string
  data: unknown
  /** The server's local time as it wrote it: no time to reckon with, but it tells two events apart. */
  writtenAt: string
}

export function envelopeOf(body: unknown): Envelope | undefined {
  const fields = fieldsOf(body)
  const event = textOf(fields.event)?.toLowerCase().replaceAll('_', '.')
  const instance = textOf(fields.instance)
  if (event === undefined || instance === undefined) return undefined
  return {event, instance, data: fields.data, writtenAt: textOf(fields.date_time) ?? ''}
}

/** Key of what has no id of its own. */
export const hashKey = ({event, instance, writtenAt}: Envelope, part: unknown) =>
  `hash|${digestOf([instance, event, writtenAt, part])}`

/** Raw JSON without the instance's token and our own webhook address. */
export function unknownEvent(envelope: Envelope, raw: unknown): UnknownEvent {
  return {type: 'unknown', dedupe: hashKey(envelope, raw), number: envelope.instance, name: envelope.event, raw}
}
