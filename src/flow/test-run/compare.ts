import {isDeepStrictEqual} from 'node:util'
import {isRecord} from '../../base/json.ts'
import {optionsOf, readableText, type Content} from '../../base/message.ts'
import {compilePattern} from '../../base/pattern.ts'
import type {Expectation, Match} from './suite.ts'

/** True when a message is what was expected. Throws a `PatternError` for a pattern that does not end. */
export function fits(expected: Expectation, content: Content): boolean {
  const text = readableText(content)
  if (expected.none) return false
  if (expected.text !== undefined && expected.text !== text) return false
  if (expected.contains && !expected.contains.every((part) => text.includes(part))) return false
  if (expected.matches && !expected.matches.pattern.test(text)) return false
  if (expected.kind !== undefined && expected.kind !== content.kind) return false
  if (expected.buttons && !isDeepStrictEqual(expected.buttons, titlesOf(content))) return false
  return expected.any === undefined || expected.any.some((one) => fits(one, content))
}

export const titlesOf = (content: Content): string[] => optionsOf(content).map(({title}) => title)

/** An expectation as a person would say it. */
export function describe({text, contains, matches, kind, buttons, any, none}: Expectation): string {
  if (none) return 'nothing'
  const parts = [
    ...(text === undefined ? [] : [JSON.stringify(text)]),
    ...(contains ?? []).map((part) => `contains ${JSON.stringify(part)}`),
    ...(matches ? [`matches ${matches.source}`] : []),
    ...(kind === undefined ? [] : [`of kind ${kind}`]),
    ...(buttons ? [`with ${buttons.map((title) => `[${title}]`).join(' ')}`] : []),
    ...(any ? [`any of ${any.map(describe).join(' | ')}`] : []),
  ]
  return parts.join(', ')
}

/**
 * True when a value has everything that is expected of it: objects in part, lists and plain values whole. Text with `*`
 * or between slashes is a pattern.
 */
export function matches(expected: unknown, got: unknown): boolean {
  if (isRecord(expected)) return isRecord(got) && Object.keys(expected).every((key) => matches(expected[key], got[key]))
  if (typeof expected !== 'string' || typeof got !== 'string') return isDeepStrictEqual(expected, got)
  if (/^\/.*\/[ims]*$/s.test(expected)) return compilePattern(expected).pattern?.test(got) ?? false
  return expected.includes('*') ? wild(expected, got) : expected === got
}

/** `*` stands for anything. In linear time: each part is looked for once, after the one before. */
function wild(pattern: string, text: string): boolean {
  const parts = pattern.split('*')
  const [first = '', last = ''] = [parts[0], parts.at(-1)]
  if (text.length < first.length + last.length || !text.startsWith(first) || !text.endsWith(last)) return false
  const end = text.length - last.length
  let at = first.length
  for (const part of parts.slice(1, -1)) {
    const found = text.indexOf(part, at)
    if (found === -1 || found + part.length > end) return false
    at = found + part.length
  }
  return true
}

/** True when a call is one that a mock, or an expectation, means. */
export const isMeant = (match: Match, node: string, data: unknown): boolean => {
  const {node: wanted, ...rest} = match
  return (wanted === undefined || wanted === node) && matches(rest, data)
}
