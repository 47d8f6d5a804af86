import {didYouMean} from './nearest.ts'

/**
 * What may be named in an expression or template. A record knows its names; `open` holds names that are only known at
 * run time (attributes of a contact); a `count` is a whole number and a `share` a fraction; the others are plain values.
 */
export type Names = {readonly [name: string]: Names} | 'open' | 'text' | 'flag' | 'time' | 'count' | 'share' | 'value'

/** A name that is not in scope, and where in its path it stands. */
export interface UnknownName {
  message: string
  hint?: string
  /** Index of the wrong segment. */
  segment: number
}

/** Checks a path such as `contact.name` against what is in scope; undefined when it is known. */
export function unknownName(names: Names, path: readonly (string | number)[]): UnknownName | undefined {
  let level = names
  for (const [index, segment] of path.entries()) {
    if (typeof level === 'string') return undefined
    const name = String(segment)
    const next: Names | undefined = Object.hasOwn(level, name) ? level[name] : undefined
    if (next === undefined) {
      const known = Object.keys(level)
      const full = path.slice(0, index + 1).join('.')
      const all = known.length > 0 ? `Known here: ${known.join(', ')}.` : undefined
      return {message: `"${full}" is not known here.`, hint: didYouMean(name, known) ?? all, segment: index}
    }
    level = next
  }
  return undefined
}
