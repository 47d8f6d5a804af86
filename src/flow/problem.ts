/** Where something stands in a definition: keys and list indexes from the top. */
export type Path = readonly (string | number)[]

/** Stable names of what can be wrong with a flow file; `flow lint --explain` and editors rely on them. */
export type Rule =
  | 'syntax'
  | 'unknown-key'
  | 'missing-key'
  | 'invalid-value'
  | 'unknown-node-type'
  | 'duplicate-node'
  | 'two-starts'
  | 'dangling-edge'
  | 'two-defaults'
  | 'next-and-edges'
  | 'no-default-edge'
  | 'loop-without-wait'
  | 'unreachable-node'
  | 'dead-end'
  | 'unhandled-outcome'
  | 'unknown-outcome'
  | 'call-without-failure-path'
  | 'expression'
  | 'template'
  | 'unset-variable'
  | 'duration'
  | 'limit'
  | 'too-long'
  | 'may-be-too-long'
  | 'too-many-options'
  | 'duplicate-option'
  | 'window-may-close'
  | 'trigger'
  | 'several-triggers'
  | 'duplicate-keyword'
  | 'opt-out-keyword'
  | 'unknown-variable'
  | 'secret'
  | 'secret-in-file'
  | 'unmasked-document'
  | 'unverified-debts'
  | 'duplicate-flow'
  | 'keyword-clash'
  | 'dangling-jump'
  | 'recursion'
  | 'canary-never-aborts'

export type Severity = 'error' | 'warn'

/** One thing that is wrong with a flow file. `line` and `column` count from 1. */
export interface Problem {
  file: string
  line: number
  column: number
  rule: Rule
  severity: Severity
  message: string
  /** What was probably meant, or the next step. */
  hint?: string
  /** The expression or template itself, and the 0-based place in it that is wrong. */
  excerpt?: {text: string; at: number}
}

/** A problem before its place in the file is known. */
export interface Finding {
  rule: Rule
  message: string
  severity?: Severity
  hint?: string
  excerpt?: {text: string; at: number}
  /** `key` points at the name of an entry instead of at its value. */
  at?: 'key' | 'value'
  /** The place itself, counted in characters, for what no path leads to. */
  offset?: number
}

/** Takes problems as they are found; checks go on after each, so that all are told in one go. */
export type Report = (path: Path, finding: Finding) => void
