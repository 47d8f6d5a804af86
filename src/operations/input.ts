import type {z} from 'zod'
import {type ErrorDetail, inOneSentence, PytakeError} from '../base/errors.ts'
import {isRecord} from '../base/json.ts'

/** Parses an operation's input, once. Throws `VALIDATION_ERROR` with one detail per field. */
export function parseInput<I extends z.ZodType>(schema: I, input: unknown): z.output<I> {
  const result = schema.safeParse(input)
  if (result.success) return result.data
  const details = result.error.issues.flatMap((issue) => detailsOf(issue, input))
  throw new PytakeError('VALIDATION_ERROR', inOneSentence(details), {details})
}

function detailsOf(issue: z.core.$ZodIssue, input: unknown): ErrorDetail[] {
  const path = issue.path.map(String)
  if (issue.code === 'unrecognized_keys') {
    return issue.keys.map((key) => ({field: [...path, key].join('.'), message: 'is not known here'}))
  }
  const missing = issue.code !== 'custom' && path.length > 0 && valueAt(input, path) === undefined
  const field = path.length > 0 ? path.join('.') : undefined
  return [{field, message: missing ? 'is required' : lowerFirst(issue.message)}]
}

function valueAt(input: unknown, path: readonly string[]): unknown {
  return path.reduce<unknown>((value, key) => {
    if (Array.isArray(value)) return value[Number(key)] as unknown
    return isRecord(value) ? value[key] : undefined
  }, input)
}

const lowerFirst = (text: string): string => text.charAt(0).toLowerCase() + text.slice(1)
