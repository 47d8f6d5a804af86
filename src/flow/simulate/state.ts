import type {EventType} from '../../base/events.ts'
import type {Content} from '../../base/message.ts'
import type {BusinessHours} from '../business.ts'
import type {CompiledFlow} from '../compile.ts'
import type {Recent} from '../recent.ts'
import type {CallRequest, CallResult, IncomingMessage, Json, Session, Vars, World} from '../session.ts'

/** Monday 5 January 2026, 10:00 in São Paulo: a working hour, the same on every machine. */
export const DEFAULT_NOW = Date.UTC(2026, 0, 5, 13)
export const DEFAULT_TIME_ZONE = 'America/Sao_Paulo'
/** Free messages may go for this long after the customer's last one. */
export const WINDOW_MS = 24 * 3_600_000

export type Contact = World['contact']

/** The part of a tenant's settings that flows can tell, under its own names. */
export interface SimulatedSettings {
  timezone?: string
  business?: BusinessHours
  opt_out_words?: readonly string[]
  opt_in_words?: readonly string[]
  opt_out_text?: string
  opt_in_text?: string
}

/** The world of a simulation: what stays the same while people talk. */
export interface Surroundings {
  /** What is live. The first is the one the conversation is about: without a trigger it begins with any message. */
  flows: readonly CompiledFlow[]
  settings?: SimulatedSettings
  /** Names of the number that is written to. */
  number?: readonly string[]
  /** Null where the channel has no window. */
  windowMs?: number | null
  /** Variables that sessions of the first flow begin with. */
  vars?: Vars
  /** Makes an outside call, once per attempt. Undefined leaves the flow waiting until `answer` is given as input. */
  answer?(call: Call, attempt: number): CallResult | undefined
}

/** An outside call that a flow asked for. */
export interface Call {
  flow: string
  node: string
  number: number
  request: CallRequest
}

/** An option a customer can tap: a menu stays on the phone after the conversation has moved on. */
export interface OfferedOption {
  id: string
  title: string
  from: 'buttons' | 'list'
}

export interface SimulatedConversation {
  id: string
  status: 'active' | 'waiting' | 'resolved' | 'abandoned'
  holder: 'bot' | 'person'
  recent: Recent
}

/** One customer and the bot, at one moment. Plain data that is never changed: keep it, compare it, go on from it twice. */
export interface Simulated {
  now: number
  contact: Contact
  /** Null before the first message. */
  conversation: SimulatedConversation | null
  /** When the customer last wrote. */
  lastInboundAt: number | null
  /** The session, also when it is over. */
  session: Session | null
  /** A call that nobody has answered yet. */
  pending: Call | null
  offered: readonly OfferedOption[]
  /** Until when scheduled flows were looked at. */
  firedUntil: number
  /** How many ids were given out. */
  ids: number
}

/** What the customer, a person of the business or time does. */
export type SimulatedInput =
  | {do: 'say'; text: string}
  | {do: 'tap'; title: string}
  | {do: 'send'; content: Extract<IncomingMessage['content'], {kind: 'location'} | {media: unknown}>}
  | {do: 'advance'; ms: number}
  /** A person gives the conversation back to the bot, or closes it. */
  | {do: 'hand-back'; outcome: 'returned' | 'closed'}
  | {do: 'answer'; result: CallResult}

/** What happened, in order. */
export type Happening =
  | {kind: 'in'; at: number; message: IncomingMessage}
  /** `node` is absent for what the platform says by itself. */
  | {kind: 'out'; at: number; content: Content; flow?: string; node?: string}
  | {kind: 'call'; at: number; call: Call; result?: CallResult}
  | {kind: 'event'; at: number; type: EventType; data: Record<string, Json>}

/** An input that makes no sense where the conversation stands. */
export class SimulationError extends Error {
  override readonly name = 'SimulationError'
}

/** The state before anybody has said anything. */
export function begin({now = DEFAULT_NOW, contact = {}}: {now?: number; contact?: Partial<Contact>} = {}): Simulated {
  return {
    now,
    contact: {...someone, ...contact},
    conversation: null,
    lastInboundAt: null,
    session: null,
    pending: null,
    offered: [],
    firedUntil: now,
    ids: 0,
  }
}

const someone: Contact = {
  id: 'contact-1',
  name: 'Maria Souza',
  phone: '+5511987650001',
  email: null,
  tags: [],
  attributes: {},
  opted_in: true,
}
