import type {z} from 'zod'
import {didYouMean} from '../base/nearest.ts'
import type {Path, Report} from './problem.ts'
import {keysAt} from './schema-keys.ts'

/** For `safeParse`: issues then know the value they are about. */
export const reportInput = {reportInput: true} as const

/** Tells what a schema refused; `keys` are the names it knows at its top, when they are not all that it names there. */
export type Issues = (error: z.ZodError, base: Path, schema: z.ZodType, keys?: readonly string[]) => void

export function issueReporter(report: Report): Issues {
  return (error, base, schema, keys = keysAt(schema, [])) => {
    for (const issue of error.issues) {
      const path = [...base, ...issue.path.map((segment) => (typeof segment === 'symbol' ? String(segment) : segment))]
      if (issue.code === 'unrecognized_keys')
        reportKeys(issue.keys, path, issue.path.length === 0 ? keys : keysAt(schema, issue.path), report)
      else
        report(path, {
          rule: isMissing(issue) ? 'missing-key' : 'invalid-value',
          message: wordsOf(issue, path),
          hint: hintOf(issue),
        })
    }
  }
}

function reportKeys(unknown: readonly string[], path: Path, known: readonly string[], report: Report) {
  for (const key of unknown) {
    const hint = didYouMean(key, known) ?? (known.length > 0 ? `Known here: ${known.join(', ')}.` : undefined)
    report([...path, key], {rule: 'unknown-key', at: 'key', message: `"${key}" is no key here.`, hint})
  }
}

const isMissing = (issue: z.core.$ZodIssue) =>
  issue.code === 'invalid_type' && issue.message.endsWith('received undefined')

const hintOf = (issue: z.core.$ZodIssue) =>
  issue.code === 'invalid_value' && typeof issue.input === 'string'
    ? didYouMean(issue.input, issue.values.map(String))
    : undefined

function wordsOf(issue: z.core.$ZodIssue, path: Path): string {
  const last = path.at(-1)
  if (isMissing(issue)) return `"${String(last)}" is missing.`
  if (issue.code === 'invalid_value') return `It must be one of: ${issue.values.map(String).join(', ')}.`
  if (issue.code === 'invalid_type' && issue.message.startsWith('Invalid input'))
    return `It must be ${article(issue.expected)}.`
  return issue.message.replace(/^Invalid input: e/, 'E').replace(/([^.])$/, '$1.')
}

const article = (type: string) =>
  type === 'array' ? 'a list' : type === 'int' ? 'a whole number' : /^[aeiou]/.test(type) ? `an ${type}` : `a ${type}`
