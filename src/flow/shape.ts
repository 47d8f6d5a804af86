import type {Json} from './session.ts'

/** A flow as it is stored, hashed and run: what `loadFlow` makes of a file. JSON all through. */
export interface FlowDefinition {
  /** Stable key; deploys match on it. */
  flow: string
  name: string
  description?: string
  trigger: Trigger
  /** Declared variables with their first values. */
  vars?: Record<string, Json>
  /** Life of a session after its last input, e.g. `24h`. */
  expires?: string
  /** What a deploy does with people who are inside. */
  live?: LivePolicy
  canary?: {abort_when?: string; min_sessions?: number}
  nodes: NodeDefinition[]
  edges: EdgeDefinition[]
}

export type NodeTypeName =
  'start' | 'message' | 'wait' | 'condition' | 'api_call' | 'erp' | 'set_variable' | 'end' | 'transfer' | 'jump'

export interface NodeDefinition {
  id: string
  type: NodeTypeName
  /** What the schema of its type gave. */
  data: unknown
  /** For drawing only; no part of the hash. */
  position?: {x: number; y: number}
}

export interface EdgeDefinition {
  source: string
  target: string
  condition?: string
}

interface Narrowed {
  /** Phone numbers or names of the WhatsApp configs it answers on; all when absent. */
  numbers?: string[]
  priority?: number
}

export type Trigger =
  | {type: 'none'}
  | ({type: 'message_received'} & Narrowed)
  | ({type: 'keyword'; keywords: string[]; match: 'whole' | 'word'; interrupt?: boolean} & Narrowed)
  | ({
      type: 'schedule'
      cron: string
      timezone?: string
      audience?: {tags?: string[]; where?: string}
      catch_up: 'once' | 'none'
    } & Narrowed)

export interface LivePolicy {
  default?: LiveChoice
  nodes?: Record<string, LiveChoice>
}

/** Finish on the old release, begin the new one anew, end (with a last message), or go on at a node of the new one. */
export type LiveChoice = 'finish' | 'restart' | 'end' | {end: string} | {move: string}
