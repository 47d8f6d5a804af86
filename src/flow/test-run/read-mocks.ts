import {z} from 'zod'
import {didYouMean} from '../../base/nearest.ts'
import {httpAnswer} from '../call-answer.ts'
import type {Path} from '../problem.ts'
import type {CallResult, Json} from '../session.ts'
import type {Reader} from './reader.ts'
import {MockInput} from './schema.ts'
import type {Match, Mock} from './suite.ts'

const HttpAnswer = z.strictObject({
  status: z.int().min(100).max(599).default(200),
  headers: z.record(z.string(), z.string()).default({}),
  body: z.json().default(null),
})
const OtherAnswer = z.strictObject({outcome: z.string().optional(), data: z.json().optional()})

const failures = {
  api_call: ['timeout', 'blocked', 'too_large', 'error', 'unknown'],
  erp: ['not_found', 'many', 'blocked', 'unavailable', 'unsupported', 'error', 'unknown'],
  ai: ['timeout', 'error', 'unknown'],
} as const
const goodOutcome = {api_call: 'ok', erp: 'found', ai: 'ok'} as const

/** The reason of every failure that a mock tells. */
export const SAID_BY_A_TEST = 'as the test says'

/** Reads the mocks of a file or a dialogue. */
export function readMocks(value: unknown, path: Path, reader: Reader): Mock[] {
  if (value === undefined) return []
  if (!Array.isArray(value)) {
    reader.refuse(path, 'invalid-value', 'It must be a list.')
    return []
  }
  return value.flatMap((item, index) => readMock(item, [...path, index], reader) ?? [])
}

function readMock(item: unknown, path: Path, reader: Reader): Mock | undefined {
  const mock = reader.parse(MockInput, item, path)
  if (!mock) return undefined
  const {call, match = {}, answer, fail, times, optional = false} = mock
  if ((answer === undefined) === (fail === undefined)) {
    reader.refuse(path, 'mock', 'A mock has either "answer" or "fail".')
    return undefined
  }
  const result =
    fail === undefined ? answerOf(call, answer, [...path, 'answer'], reader) : failureOf(call, fail, path, reader)
  return result && {at: reader.at(path), call, match: matchOf(match), result, times, optional}
}

/** An address alone is the short form of `{url}`. */
export const matchOf = (match: string | Record<string, Json>): Match =>
  typeof match === 'string' ? {url: match} : match

function answerOf(call: keyof typeof failures, answer: unknown, path: Path, reader: Reader): CallResult | undefined {
  if (call === 'api_call') {
    const parsed = reader.parse(HttpAnswer, answer, path)
    return parsed && httpAnswer(parsed.status, parsed.headers, parsed.body)
  }
  const parsed = reader.parse(OtherAnswer, answer, path)
  return parsed && {outcome: parsed.outcome ?? goodOutcome[call], data: parsed.data}
}

function failureOf(call: keyof typeof failures, fail: string, path: Path, reader: Reader): CallResult | undefined {
  const known: readonly string[] = failures[call]
  if (known.includes(fail)) return {outcome: fail, error: SAID_BY_A_TEST}
  const hint =
    fail === 'http_error'
      ? 'That is an answer: answer: {status: 500}.'
      : (didYouMean(fail, known) ?? `Known: ${known.join(', ')}.`)
  reader.refuse([...path, 'fail'], 'mock', `"${fail}" is no way in which ${call} fails.`, hint)
  return undefined
}
