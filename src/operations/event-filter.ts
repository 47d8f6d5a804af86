import {z} from 'zod'
import {type EventChannel, eventChannels, isEventType} from '../base/events.ts'
import {fold} from '../base/fold.ts'
import {matchKey, normalizePhone} from '../base/phone.ts'
import {conversationStatuses, messageStatuses} from '../base/statuses.ts'
import {findConfig} from '../channels/accounts.ts'
import {refuseNobody} from '../contacts/find.ts'
import {flowKeyOf} from '../deploy/releases.ts'
import type {StoredEvent} from '../store/event-log.ts'
import type {TenantDb} from '../store/stores.ts'
import type {LogEvent} from './event-logs.ts'

export const channelNames = [...new Set<EventChannel>(Object.values(eventChannels))]

const listed = (known: (text: string) => boolean, what: string) =>
  z
    .union([z.string().transform((text) => text.split(',').filter(Boolean)), z.array(z.string()).max(100)])
    .superRefine((names, context) => {
      const unknown = names.filter((name) => !known(name))
      if (unknown.length > 0)
        context.addIssue({code: 'custom', message: `${what}: ${unknown.join(', ').slice(0, 200)}`})
    })

const text = z.string().min(1).max(255)

/** Flows also end as `abandoned`, `expired` and `failed`, like conversations and messages do. */
const flowEnds = ['completed', 'replaced'] as const
export const eventStatuses = [...messageStatuses, ...conversationStatuses, ...flowEnds] as const

export const channelsInput = listed(
  (name) => channelNames.some((known) => known === name),
  `known channels are ${channelNames.join(', ')}; unknown`,
)

/** What a reader of the event log wants to see. Everything that is given must hold. */
export const eventFilterFields = {
  channel: channelsInput.optional(),
  type: listed(isEventType, 'no such type of event').optional(),
  /** Id or name of a WhatsApp config. */
  config: text.optional(),
  /** Id, telephone number or name of a contact. */
  contact: text.optional(),
  conversation: text.optional(),
  /** Key, id or name of a flow. */
  flow: text.optional(),
  direction: z.enum(['inbound', 'outbound']).optional(),
  /** Of a message, a conversation, or a flow that ended. */
  status: z.enum(eventStatuses, `must be one of ${eventStatuses.join(', ')}`).optional(),
}

export const EventFilterInput = z.strictObject(eventFilterFields)
export type EventFilterInput = z.output<typeof EventFilterInput>

export interface EventFilter {
  /** Types that can match at all; undefined when every type can. */
  types?: readonly string[]
  matches(event: Told): boolean
}

/** What of an event tells whether it is wanted. */
type Told = Pick<LogEvent, 'type' | 'data' | 'from'>
type Test = (event: Told) => boolean

/** Makes the test of a filter over what may be seen. Throws `NOT_FOUND` for a config or a flow that the tenant does not have. */
export async function eventFilter(db: TenantDb, wanted: EventFilterInput, mayBeSeen: Test): Promise<EventFilter> {
  const {conversation, flow, direction, status} = wanted
  const types = typesOf(wanted)
  const tests: Test[] = [mayBeSeen]
  if (types) {
    const set = new Set(types)
    tests.push(({type}) => set.has(type))
  }
  if (wanted.config !== undefined) {
    const {id} = await findConfig(db, wanted.config)
    tests.push(({data}) => data.config_id === id)
  }
  if (wanted.contact !== undefined) tests.push(contactTest(wanted.contact))
  if (conversation !== undefined) tests.push(({data}) => data.conversation_id === conversation)
  if (flow !== undefined) {
    const key = await flowKeyOf(db, flow)
    tests.push(({data}) => data.flow === key)
  }
  if (direction !== undefined) tests.push((event) => directionOf(event) === direction)
  if (status !== undefined) tests.push((event) => event.data.status === status || impliedStatus(event.type) === status)
  return {types, matches: (event) => tests.every((test) => test(event))}
}

/**
 * Throws `NOT_FOUND` for a contact who is nobody. Asked where somebody begins to read and not at every step: a name that
 * a contact had until now ends no reading.
 */
export async function refuseUnknownContact(db: TenantDb, {contact}: EventFilterInput): Promise<void> {
  if (contact !== undefined) await db.read((q) => refuseNobody({db: q, engine: db.engine}, contact))
}

function typesOf({channel, type}: EventFilterInput): string[] | undefined {
  if (!channel) return type
  const inChannels = Object.entries(eventChannels)
    .filter(([, name]) => channel.includes(name))
    .map(([one]) => one)
  return type ? inChannels.filter((one) => type.includes(one)) : inChannels
}

function contactTest(wanted: string): Test {
  const digits = normalizePhone(wanted)?.digits
  const key = digits === undefined ? undefined : matchKey(digits)
  const name = fold(wanted)
  return ({data}) => {
    if (data.contact_id === wanted) return true
    if (key !== undefined && typeof data.contact_phone === 'string') {
      return matchKey(data.contact_phone.replace(/\D/g, '')) === key
    }
    return name !== '' && typeof data.contact_name === 'string' && fold(data.contact_name) === name
  }
}

/** Which way a message went; undefined for what is no message. */
export function directionOf({type, data}: Pick<StoredEvent, 'type' | 'data'>): 'inbound' | 'outbound' | undefined {
  if (data.direction === 'inbound' || data.direction === 'outbound') return data.direction
  if (type === 'message_received') return 'inbound'
  return type.startsWith('message_') ? 'outbound' : undefined
}

const impliedStatus = (type: string): string | undefined =>
  type.startsWith('message_') ? type.slice('message_'.length) : undefined
