import {createContext, Script} from 'node:vm'
import {messageOf} from './errors.ts'

/** A search in a text that somebody wrote, who may have written one that never ends. */
export interface Pattern {
  /** Throws a `PatternError` when it takes too long. */
  test(text: string): boolean
}

export class PatternError extends Error {
  override readonly name = 'PatternError'
}

/** A sane pattern takes microseconds; one that backtracks for ever is cut here. */
const PATIENCE_MS = 1_000
const MOST_CHARACTERS = 1_000
const delimited = /^\/(.*)\/([ims]*)$/s

/** Reads a regular expression, bare or between slashes with flags after them. */
export function compilePattern(
  source: string,
): {pattern: Pattern; problem?: undefined} | {pattern?: undefined; problem: string} {
  const [, body = source, flags = ''] = delimited.exec(source) ?? []
  if (body.length > MOST_CHARACTERS) return {problem: `It is longer than ${MOST_CHARACTERS} characters.`}
  try {
    return {pattern: bounded(new RegExp(body, `u${flags}`), source)}
  } catch (error) {
    return {problem: messageOf(error)}
  }
}

let search: ((expression: RegExp, text: string) => boolean) | undefined

/** Only a script can be stopped from outside, and only a script of its own. */
function searcher(): (expression: RegExp, text: string) => boolean {
  const context = createContext({expression: undefined as RegExp | undefined, text: ''})
  const script = new Script('expression.test(text)')
  return (expression, text) => {
    context.expression = expression
    context.text = text
    return script.runInContext(context, {timeout: PATIENCE_MS}) === true
  }
}

const bounded = (expression: RegExp, source: string): Pattern => ({
  test(text) {
    search ??= searcher()
    try {
      return search(expression, text)
    } catch {
      throw new PatternError(`The pattern ${source} takes too long. Avoid repeats inside repeats.`)
    }
  },
})
