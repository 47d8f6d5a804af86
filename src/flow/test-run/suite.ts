import type {CallResult, Json, Vars} from '../session.ts'
import type {Contact, SimulatedInput, SimulatedSettings} from '../simulate/state.ts'
import type {Pattern} from '../../base/pattern.ts'

/** Where something stands in a file, from 1. */
export interface Position {
  line: number
  column: number
}

/** One thing that is wrong with a test file. */
export interface TestProblem extends Position {
  file: string
  rule: string
  message: string
  hint?: string
}

/** A test file that was read. */
export interface Suite {
  file: string
  flow: Placed<string>
  also: Placed<string>[]
  settings: SimulatedSettings
  variables: Readonly<Record<string, Json>>
  secrets?: Readonly<Record<string, string>>
  number?: string
  mocks: Mock[]
  dialogues: Dialogue[]
}

export interface Placed<T> {
  value: T
  at: Position
}

export interface Dialogue {
  name: string
  at: Position
  now?: number
  contact: Partial<Contact>
  vars: Vars
  varsAt: Position
  /** Its own, tried before those of the file. */
  mocks: Mock[]
  steps: Step[]
  then: Then
}

export interface Mock {
  at: Position
  call: string
  match: Match
  result: CallResult
  times?: number
  optional: boolean
}

/** What a call must look like: its node, and its request field by field, in part. */
export type Match = Readonly<Record<string, Json>>

export type Step =
  | {kind: 'input'; at: Position; input: SimulatedInput; from?: 'buttons' | 'list'}
  | {kind: 'expect'; at: Position; expectations: Expectation[]}

export interface Expectation {
  at: Position
  text?: string
  contains?: string[]
  matches?: {source: string; pattern: Pattern}
  kind?: string
  buttons?: string[]
  any?: Expectation[]
  none?: true
}

export interface Then {
  vars?: Placed<Vars>
  node?: Placed<string>
  outcome?: Placed<string>
  calls?: Placed<number | Match[]>
  events?: Placed<ExpectedEvent[]>
  contact?: Placed<Readonly<Record<string, Json>>>
}

export interface ExpectedEvent {
  at: Position
  type: string
  data: Readonly<Record<string, Json>>
}
