import {PytakeError, type ErrorCode} from '../base/errors.ts'

/** How a look-up may end besides `found`. Flows have an edge for each. */
export const failureOutcomes = [
  'not_found',
  'many',
  'blocked',
  'unavailable',
  'unsupported',
  'error',
  'unknown',
] as const
export type FailureOutcome = (typeof failureOutcomes)[number]

/** Why, in one word that programs can ask for. */
export type FailureCode =
  | 'not_found'
  /** A document whose check digits are wrong, an id that is none: never sent. */
  | 'bad_input'
  | 'credentials'
  | 'permission'
  | 'tls'
  | 'timeout'
  | 'unreachable'
  /** The breaker is open: nothing was sent. */
  | 'resting'
  | 'busy'
  | 'server_error'
  | 'html'
  | 'bad_answer'
  | 'too_large'
  /** The ERP understood and said no. */
  | 'refused'
  | 'unsupported'
  | 'limit'
  | 'unsure'

/** A look-up that did not come to an answer. Never holds a document, a name or a secret. */
export interface ErpFailure {
  outcome: FailureOutcome
  code: FailureCode
  /** A sentence for people. */
  message: string
  nextStep?: string
  /** At least this long before the next try, ms. */
  retryAfterMs?: number
}

const TEST = 'pytake erp test NAME'

export const failure = (
  outcome: FailureOutcome,
  code: FailureCode,
  message: string,
  nextStep?: string,
): ErpFailure => ({
  outcome,
  code,
  message,
  ...(nextStep === undefined ? {} : {nextStep}),
})

export const notFoundThere = (what: string): ErpFailure =>
  failure('not_found', 'not_found', `${what} is not in the ERP.`)

export const badInput = (message: string): ErpFailure => failure('error', 'bad_input', message)

export const unsupported = (message: string): ErpFailure => failure('unsupported', 'unsupported', message)

export const badCredentials = (label: string): ErpFailure =>
  failure(
    'error',
    'credentials',
    `${label} does not accept the credentials.`,
    'Set the right ones: pytake erp edit NAME',
  )

export const noPermission = (label: string, words: string): ErpFailure =>
  failure('error', 'permission', `${label} does not allow this: ${words}`, 'Allow it for the integration in the ERP.')

/** Business refusals keep the ERP's words, without tags and without anything that looks like a document or phone. */
export const refusedBy = (label: string, words: string): ErpFailure =>
  failure('error', 'refused', `${label} refused: ${plainWords(words)}`)

export const htmlAnswer = (label: string, status: number): ErpFailure =>
  failure('error', 'html', `${label} answered ${status} with a web page instead of data.`, `Check the address: ${TEST}`)

export const badAnswer = (label: string, status: number): ErpFailure =>
  failure('error', 'bad_answer', `${label} answered ${status} with something that cannot be read.`, TEST)

export const serverError = (label: string, status: number): ErpFailure =>
  failure(
    'unavailable',
    'server_error',
    `${label} answered ${status}.`,
    `It is tried again with the next look-up. ${TEST}`,
  )

export const busy = (label: string, retryAfterMs: number): ErpFailure => ({
  ...failure('unavailable', 'busy', `${label} takes no more requests for the moment.`),
  retryAfterMs,
})

const MOST_WORDS = 300

/** An ERP's own words as plain text: tags out, digits of documents and phones out, cut. */
export function plainWords(words: string): string {
  const text = words
    .replace(/<[^>]*>/g, ' ')
    .replace(/[\d.\-/]{9,}/g, '…')
    .replace(/\s+/g, ' ')
    .trim()
  return text.length > MOST_WORDS ? `${text.slice(0, MOST_WORDS)}…` : text || 'no reason given'
}

export const isFailure = (value: {outcome: string}): value is ErpFailure =>
  (failureOutcomes as readonly string[]).includes(value.outcome)

const codes: Partial<Record<FailureCode, ErrorCode>> = {
  not_found: 'NOT_FOUND',
  bad_input: 'VALIDATION_ERROR',
  refused: 'BAD_REQUEST',
  limit: 'RATE_LIMITED',
  unsure: 'PENDING',
}

/** A failure as an error of ours, for people and the API. */
export class ErpError extends PytakeError {
  readonly failure: ErpFailure

  constructor(failed: ErpFailure) {
    const code = failed.outcome === 'unsupported' ? 'UNSUPPORTED_BY_CHANNEL' : (codes[failed.code] ?? 'UNAVAILABLE')
    super(code, failed.message, {
      details: [{message: failed.message, outcome: failed.outcome, code: failed.code}],
      help: failed.nextStep,
    })
    this.name = 'ErpError'
    this.failure = failed
  }
}
