import {z} from 'zod'
import {PytakeError} from '../base/errors.ts'
import {channelNames, channelsInput, EventFilterInput} from '../operations/event-filter.ts'
import {parseInput} from '../operations/input.ts'

/** Why we close a socket: 1xxx are the protocol's own, 44xx follow HTTP. */
export const closeCodes = {
  /** This server stops; connect again. */
  restarting: 1012,
  unauthorized: 4401,
  forbidden: 4403,
  cannotResume: 4410,
  /** Too many attempts from this address. */
  tooMany: 4429,
} as const

export type CloseReason = keyof typeof closeCodes

/** A message from a client is never larger. */
export const MOST_MESSAGE_BYTES = 64 * 1024

const ref = z.string().min(1).max(255)

const messages = {
  auth: z.strictObject({type: z.literal('auth'), token: z.string().max(1000)}),
  subscribe: z.strictObject({
    type: z.literal('subscribe'),
    /** All of them when left out. */
    channels: channelsInput.default(channelNames),
    /** From where: a cursor, a duration, a time; from now on when left out. */
    since: z.string().max(200).optional(),
    /** Which tenant, for a token of the platform. */
    tenant: ref.optional(),
    filter: EventFilterInput.omit({channel: true}).default({}),
  }),
  /** Nothing more until `resume`: for a reader whose own reader is slow. What was on its way still comes. */
  pause: z.strictObject({type: z.literal('pause')}),
  resume: z.strictObject({type: z.literal('resume')}),
  unsubscribe: z.strictObject({type: z.literal('unsubscribe')}),
  ping: z.strictObject({type: z.literal('ping')}),
}

type Messages = typeof messages
export type ClientMessage = {[T in keyof Messages]: z.output<Messages[T]>}[keyof Messages]
export type Subscribe = z.output<Messages['subscribe']>

/** Reads what a client sent. Throws `BAD_REQUEST` or `VALIDATION_ERROR` with words for its author. */
export function parseMessage(text: string): ClientMessage {
  let value: unknown
  try {
    value = JSON.parse(text)
  } catch {
    throw new PytakeError('BAD_REQUEST', 'The message is not JSON.')
  }
  const type: unknown = typeof value === 'object' && value !== null && 'type' in value ? value.type : undefined
  if (typeof type !== 'string' || !Object.hasOwn(messages, type)) {
    throw new PytakeError('BAD_REQUEST', `Known types of message: ${Object.keys(messages).join(', ')}.`)
  }
  return parseInput<z.ZodType<ClientMessage>>(messages[type as keyof Messages], value)
}
