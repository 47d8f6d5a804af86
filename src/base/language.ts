/** What expressions and templates read: one value per name in scope. */
export type Scope = Readonly<Record<string, unknown>>

/** What is wrong with an expression or a template, and where in its source. */
export interface LanguageProblem {
  message: string
  hint?: string
  /** 0-based offset in the source. */
  at: number
  /** More of the same kind: every name that is not known, when the first is told. */
  others?: readonly LanguageProblem[]
}
