import type {z} from 'zod'
import type {Expression} from '../base/expression.ts'
import type {Text} from '../base/text.ts'
import type {Moment} from '../base/dates.ts'
import type {Finding, Path} from './problem.ts'
import type {TurnScope} from './scope.ts'
import type {
  CallRequest,
  CallResult,
  CompiledFlowRef,
  Effect,
  Frame,
  IncomingMessage,
  Json,
  Session,
  Vars,
  World,
} from './session.ts'
import type {FlowDefinition} from './shape.ts'

/** One turn in the making. Nodes write into it through the functions of `run.ts`; `session` is a copy from the start. */
export interface Run {
  readonly world: World
  readonly moment: Moment
  readonly session: Session
  readonly scope: TurnScope
  readonly effects: Effect[]
  flow: CompiledFlow
  node: CompiledNode
  steps: number
  messages: number
}

/** What a node decided. The engine carries it out. */
export type Step =
  /** `status` and `reason` say how the session ends when no edge takes the outcome. */
  | {do: 'leave'; outcome: string; status?: 'abandoned' | 'failed'; reason?: string}
  | {do: 'wait'; until: number | null; tries: number; gathered?: string[]}
  | {do: 'call'; request: Omit<CallRequest, 'idempotencyKey'>}
  | {do: 'transfer'; until: number | null; queue?: string; user?: string; note?: string}
  | {do: 'jump'; flow: string; vars: Vars; frame?: Frame}
  | {do: 'end'; outcome?: string; output?: Json}

/** What a standing node may get. */
export type Resumption =
  | {kind: 'message'; message: IncomingMessage}
  | {kind: 'timeout'}
  | {kind: 'result'; result: CallResult}
  | {kind: 'returned'; outcome: string}
  | {kind: 'child'; outcome: string; failed: boolean; output: Json}

/** A node ready to run. Each function is pure but for what it writes into the turn's `Run`. */
export interface Behaviour {
  enter(run: Run): Step
  resume?(run: Run, input: Resumption): Step
  /** Asks once more after an answer that no edge takes. */
  reask?(run: Run): Step
  /** True when a customer or a person has to act before it goes on. */
  waits?: boolean
}

/** An outgoing edge. Without a condition it is the default. */
export interface CompiledEdge {
  target: string
  condition?: Expression
  namesOutcome: boolean
}

export interface CompiledNode {
  readonly id: string
  readonly type: string
  /** In the order they are tried; the default is the last. */
  readonly edges: readonly CompiledEdge[]
  readonly behaviour: Behaviour
  good(outcome: string): boolean
}

/** The parts of a compiled flow that the definition alone gives. */
export interface Assembled {
  readonly start: string
  readonly nodes: ReadonlyMap<string, CompiledNode>
  /** Every declared variable with its first value. */
  readonly vars: Vars
  /** How long a session lives after the last input, milliseconds. */
  readonly expires: number
}

/** A flow ready to run: every text and expression is compiled. Make it once per release and keep it. */
export interface CompiledFlow extends CompiledFlowRef, Assembled {
  readonly definition: FlowDefinition
  /** `flow` in expressions and templates. */
  readonly scope: {key: string; name: string; release: string}
}

/** Handed to a node while it is being built: compiles its texts and expressions and reports what is wrong with them. */
export interface Builder {
  readonly flow: string
  readonly node: string
  readonly edges: readonly CompiledEdge[]
  /** Paths are inside `data`. With `secrets` the text may hold `${secret.NAME}`. */
  text(path: Path, source: string, options?: {escape?: 'url'; secrets?: boolean}): Text
  expression(path: Path, source: string, want?: 'bool' | 'any' | 'answer'): Expression
  duration(path: Path, source: string): number
  report(path: Path, finding: Finding): void
}

/** How a kind of node leaves. Besides these each may leave with `error`, which is never good. */
export interface Outcomes {
  /** These try the edges in order and then the default; all others need an edge that names `outcome`. */
  good: readonly string[]
  bad: readonly string[]
  /** Whatever another flow calls its end is good too. */
  anyName?: boolean
}

export const isGood = ({good, bad, anyName = false}: Outcomes, outcome: string): boolean =>
  good.includes(outcome) || (anyName && outcome !== 'error' && !bad.includes(outcome))

/** One kind of node: a file in `nodes/` and a line in the registry. `Data` is what its schema gives. */
interface NodeOf<Data> {
  schema: z.ZodType<Data>
  /** Names that `data` may hold, for "did you mean". */
  keys: readonly string[]
  outcomes: Outcomes
  /** Variables it may write; they are thereby declared. */
  writes?(data: Data): readonly string[]
  build(data: Data, builder: Builder): Behaviour
}

export type NodeType = NodeOf<unknown>

/** Puts a node type into the form the registry holds. Its functions only ever get what its own schema gave. */
export function nodeType<Shape extends z.ZodRawShape>(
  type: Omit<NodeOf<z.output<z.ZodObject<Shape>>>, 'schema' | 'keys'> & {schema: z.ZodObject<Shape>},
): NodeType {
  return {...type, keys: Object.keys(type.schema.shape)}
}
