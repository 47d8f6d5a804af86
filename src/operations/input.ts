import type {z} from 'zod'
import {type ErrorDetail, inOneSentence, PytakeError} from '../base/errors.ts'
import {unstorableIn} from '../base/json-text.ts'
import {isRecord} from '../base/json.ts'

/** Who sends a thousand wrong fields is told of the first; an answer larger than the request helps nobody. */
const MOST_DETAILS = 50
/** How much of a way into nested lists is told. */
const MOST_NAMED = 20

/** Parses an operation's input, once. Throws `VALIDATION_ERROR` with one detail per field. */
export function parseInput<I extends z.ZodType>(schema: I, input: unknown): z.output<I> {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const found = result.error.issues.flatMap((issue) => detailsOf(issue, input))
  const more = found.length - MOST_DETAILS
  const details = more > 0 ? [...found.slice(0, MOST_DETAILS), {message: `and ${more} more`}] : found
  throw new PytakeError('VALIDATION_ERROR', inOneSentence(details), {details})
}

/**
 * Throws `VALIDATION_ERROR` for text that the engines do not hold alike. What is in files is refused by whoever reads them, with
 * its line.
 */
export function refuseUnstorable(input: unknown): void {
  const hasFiles = isRecord(input) && input.files !== undefined
  const place = unstorableIn(hasFiles ? {...input, files: undefined} : input)
  if (!place) return
  const details = [
    {
      field: place.slice(0, MOST_NAMED).join('.') || undefined,
      message: 'must be text without U+0000 and without half a pair of surrogates',
    },
  ]
  throw new PytakeError('VALIDATION_ERROR', inOneSentence(details), {details})
}

function detailsOf(issue: z.core.$ZodIssue, input: unknown): ErrorDetail[] {
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({field: [...path, key].join('.'), message: 'is not known here'}))
  }
  const field = path.length > 0 ? path.join('.') : undefined
  return [{field, message: isMissing(issue, input) ? 'is required' : lowerFirst(issue.message)}]
}

/** A text that is read as a list has no parts in what was sent: those are wrong, not missing. */
function isMissing({code, path}: z.core.$ZodIssue, input: unknown): boolean {
  if (code === 'custom' || path.length === 0) return false
  const names = path.map(String)
  return typeof valueAt(input, names.slice(0, -1)) === 'object' && valueAt(input, names) === undefined
}

function valueAt(input: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => {
    if (Array.isArray(value)) return value[Number(key)] as unknown
    return isRecord(value) ? value[key] : undefined
  }, input)
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)
