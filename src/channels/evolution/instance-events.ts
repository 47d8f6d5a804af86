import {fieldsOf, numberOf, textOf} from '../../base/read.ts'
import type {ChangeEvent, ChannelEvent} from '../channel.ts'
import {hashKey, unknownEvent, type Envelope} from './envelope.ts'

/** Close codes after which the server does not connect again by itself. */
const FINAL_CODES: ReadonlySet<number> = new Set([401, 402, 403, 406])

const change = (envelope: Envelope, body: ChangeEvent['change']): ChannelEvent[] => [
  {type: 'change', dedupe: hashKey(envelope, envelope.data), number: envelope.instance, change: body},
]

const states: ReadonlySet<string> = new Set(['open', 'connecting', 'close', 'refused'])
type State = 'open' | 'connecting' | 'close' | 'refused'
const isState = (text: string | undefined): text is State => text !== undefined && states.has(text)

/** `connection.update`. */
export function connection(envelope: Envelope): ChannelEvent[] {
  const data = fieldsOf(envelope.data)
  const state = textOf(data.state)
  if (!isState(state)) return [unknownEvent(envelope, envelope.data)]
  const closedForGood = state === 'close' && FINAL_CODES.has(numberOf(data.statusReason) ?? 0)
  return change(envelope, {kind: 'connection', state, final: closedForGood || state === 'refused', data})
}

/** `status.instance`, `logout.instance`, `remove.instance`: the connection is gone until a person acts. */
export function ended(envelope: Envelope): ChannelEvent[] {
  return change(envelope, {kind: 'connection', state: 'close', final: true, data: envelope.data ?? null})
}

/** `qrcode.updated`: a new code to scan, or the news that there are no more. */
export function qrcode(envelope: Envelope): ChannelEvent[] {
  const data = fieldsOf(envelope.data)
  const code = fieldsOf(data.qrcode)
  if (data.qrcode === undefined && data.statusCode !== undefined)
    return change(envelope, {kind: 'qrcode', exhausted: true})
  const text = textOf(code.code)
  if (text === undefined) return [unknownEvent(envelope, envelope.data)]
  return change(envelope, {kind: 'qrcode', code: text, pairingCode: textOf(code.pairingCode)})
}
