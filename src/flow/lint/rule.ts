import type {FlowParts} from '../definition.ts'
import type {Report, Rule, Severity} from '../problem.ts'
import type {Outline} from './outline.ts'

/** One flow under examination. */
export interface Subject extends FlowParts {
  /** The file as it was written, and what it holds before anything was filled in. */
  text: string
  raw: unknown
}

/** Flows that would be live together. `linted` are asked about, the others only lie beside them. */
export interface Together {
  linted: readonly Outline[]
  all: readonly Outline[]
  /** Some flows may not be in sight, so that "there is no such flow" cannot be said. */
  partial: boolean
}

/** Reports a problem of one of the linted flows. */
export type ReportOf = (outline: Outline) => Report

/** A flow file, or several files that lie in one folder. */
export type Example = string | Readonly<Record<string, string>>

/** One thing that lint looks for: an entry in the registry, with the examples that prove it. */
export interface LintRule {
  id: Rule
  severity: Severity
  /** `flow apply` refuses what it finds, so it can be neither switched off nor softened. */
  fixed?: true
  /** One sentence. */
  summary: string
  /** Why it matters and what to do, for `--explain`. */
  explain: string
  /** Finds exactly this rule. */
  bad: Example
  /** The same, put right: finds nothing. */
  good: Example
  /** Looks at one flow. Rules without a check are found while the file is read. */
  check?(this: void, subject: Subject, report: Report): void
  /** Looks at all flows together. */
  checkTogether?(this: void, together: Together, reportOf: ReportOf): void
}
