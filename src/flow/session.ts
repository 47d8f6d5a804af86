import type {Json} from '../base/json.ts'
import type {Content, InboundContent, Template} from '../base/message.ts'

export type {Json} from '../base/json.ts'

/** The engine is a function: `runTurn(world, session, input)` gives a new session and effects. No clock, no network. */

export type SessionStatus =
  'active' | 'calling' | 'transferred' | 'completed' | 'abandoned' | 'expired' | 'failed' | 'replaced'

export type Vars = Record<string, Json>

/** Everything a conversation's run remembers between turns: JSON, stored in `flow_sessions.context`. */
export interface Session {
  id: string
  /** Stable key of the flow it is in now, and the release it stays on. */
  flow: string
  release: string
  node: string | null
  status: SessionStatus
  vars: Vars
  /** Number of the current wait, call or transfer; an input for another number is ignored. */
  number: number
  /** What it stands still for. */
  waiting?: Waiting
  /** Callers that wait for a jump with return, outermost first. */
  stack: Frame[]
  /** Visits per node, for `Idempotency-Key` and for re-asking. */
  visits: Record<string, number>
  /** Text that stands for `response`, and the message it came from. */
  response: string
  outcome: string
  message: MessageScope
  /** Options last offered, so that what is typed can be matched to them. `value` is the author's own id. */
  options: {id: string; title: string; value?: string}[]
  /** Result of the run: `end`'s outcome, or why it failed. */
  result?: {outcome?: string; output?: Json; reason?: string; node?: string}
  startedAt: number
  /** Milliseconds; the session ends `expired` then. */
  expiresAt: number
}

export interface Frame {
  flow: string
  release: string
  node: string
  vars: Vars
}

export interface Waiting {
  for: 'message' | 'call' | 'transfer'
  node: string
  /** When a timeout input is due, ms; null when only the session's own expiry ends it. */
  until: number | null
  /** Invalid answers so far. */
  tries: number
  /** Quick messages gathered by `join`. */
  gathered?: string[]
}

/** `message` in expressions and templates. */
export interface MessageScope {
  id: string
  kind: string
  text: string
  option: string | null
  media?: {mime_type?: string; filename?: string; sha256?: string}
  location?: {latitude: number; longitude: number; name?: string; address?: string}
  at: number
}

/** A customer's message as the engine sees it. */
export interface IncomingMessage extends MessageScope {
  content: InboundContent
  /** True for a tap on a button or a row, false for typed text. */
  tapped: boolean
}

/** What may make a session move. Each names the wait or call it belongs to, except a message. */
export type Input =
  | {kind: 'start'; message?: IncomingMessage; vars?: Vars}
  | {kind: 'message'; message: IncomingMessage}
  | {kind: 'timeout'; number: number}
  | {kind: 'result'; number: number; result: CallResult}
  | {kind: 'returned'; number: number; outcome: 'returned' | 'timeout' | 'closed'}

/** The answer of a call. `data` is what `save` expressions see, e.g. `{status, headers, body}`. */
export interface CallResult {
  outcome: string
  data?: Json
  error?: string
}

/** What the world looks like for one turn. Built by whoever runs the engine: daemon, simulator, test. */
export interface World {
  now: number
  /** Id for a new session. */
  id: string
  timeZone: string
  contact: {
    id: string
    name: string | null
    phone: string | null
    email: string | null
    tags: string[]
    attributes: Record<string, Json>
    opted_in: boolean
  }
  conversation: {id: string; status: string; assigned_to: string | null; tags: string[]}
  /** Tenant's opening hours at `now`. */
  business: {open: boolean}
  campaign: Record<string, Json> | null
  /** Until when free messages may go, ms; null where the channel has no window. */
  windowUntil: number | null
  /** Live release of a flow by key, and any release by its id (hash). */
  live(flow: string): CompiledFlowRef | undefined
  release(id: string): CompiledFlowRef | undefined
}

/** A compiled flow, opaque here; `definition.ts` says what is inside. */
export interface CompiledFlowRef {
  readonly key: string
  readonly release: string
}

/** What a turn decided. The engine does none of it. */
export type Effect =
  | {
      kind: 'send'
      node: string
      content: Content
      /** Goes instead when the window is closed by the time it is sent. */
      fallback?: Template
      purpose: 'reply' | 'marketing'
    }
  | {kind: 'call'; node: string; number: number; request: CallRequest}
  | {kind: 'transfer'; node: string; number: number; queue?: string; user?: string; note?: string}
  | {kind: 'contact'; node: string; set: ContactChange}
  | {kind: 'event'; type: FlowEventType; data: Record<string, Json>}

export interface CallRequest {
  kind: 'api_call' | 'erp'
  /** Everything the job needs; `${secret.x}` is still a reference. */
  data: Record<string, Json>
  idempotencyKey: string
  retry: boolean
  timeoutMs: number
}

export interface ContactChange {
  name?: string | null
  email?: string | null
  attributes?: Record<string, Json>
  addTags?: string[]
  removeTags?: string[]
}

export type FlowEventType =
  | 'flow_started'
  | 'flow_step'
  | 'flow_waiting'
  | 'flow_call'
  | 'flow_moved'
  | 'flow_ended'
  | 'flow_failed'
  | 'expression_error'

export interface Turn {
  session: Session
  effects: Effect[]
}
