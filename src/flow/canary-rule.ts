import {compileExpression, ExpressionError} from '../base/expression.ts'
import type {LanguageProblem} from '../base/language.ts'
import type {Names} from '../base/names.ts'

/** So many sessions have to end before a canary is judged, unless the flow says otherwise. */
export const DEFAULT_CANARY_SESSIONS = 50

/** What `canary.abort_when` may name. */
const canaryNames: Names = {error_rate: 'share', failed: 'count', ended: 'count', sessions: 'count'}

export const canaryRuleProblem = (source: string): LanguageProblem | undefined =>
  compileExpression(source, canaryNames, 'bool').problem

interface Counts {
  sessions: number
  ended: number
  failed: number
}

/** A rule that cannot be worked out counts as true: what nobody can watch over is not to go on. */
export function canaryFails(source: string, {sessions, ended, failed}: Counts, now: number): boolean {
  const {expression} = compileExpression(source, canaryNames, 'bool')
  if (!expression) return true
  const scope = {error_rate: ended === 0 ? 0 : failed / ended, failed, ended, sessions}
  try {
    return expression.evaluate(scope, {now, timeZone: 'UTC'}) === true
  } catch (error) {
    if (!(error instanceof ExpressionError)) throw error
    return true
  }
}
