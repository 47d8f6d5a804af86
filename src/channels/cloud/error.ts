import {fieldsOf, numberOf, textOf, type Fields} from '../../base/read.ts'
import {BY_ITSELF, type ProviderError} from '../errors.ts'
import {errorCodes, familyOf, type KnownError} from './error-codes.ts'

const unknownCode: KnownError = {
  class: 'fix_request',
  message: 'Meta refused it with a code that is not documented.',
  nextStep: 'The details are all that is known; look the code up in the documentation of Meta.',
}

const transient: KnownError = {
  class: 'retry_after',
  message: 'Meta had a passing error.',
  nextStep: BY_ITSELF,
  retryAfterMs: 5_000,
}

/** One of Meta's error objects, from an answer or from a webhook, with what to do about it. Never throws. */
export function providerErrorOf(raw: unknown, httpStatus = 200): ProviderError {
  const fields = fieldsOf(raw)
  const code = numberOf(fields.code)
  const {class: errorClass, message, nextStep, retryAfterMs, slows} = known(code, fields, httpStatus)
  const error: ProviderError = {code: String(code ?? 'unknown'), class: errorClass, message, nextStep}
  const details = detailsOf(fields)
  if (details !== undefined) error.details = details
  if (retryAfterMs !== undefined) error.retryAfterMs = retryAfterMs
  if (slows !== undefined) error.slows = slows
  return error
}

function known(code: number | undefined, fields: Fields, httpStatus: number): KnownError {
  const found = code === undefined ? undefined : (errorCodes[code] ?? familyOf(code))
  if (found) return found
  return httpStatus >= 500 || fields.is_transient === true ? transient : unknownCode
}

/** The most telling of the places where Meta puts words; `error_data` may be text, old webhooks have `details` outside. */
function detailsOf(fields: Fields): string | undefined {
  const data = fields.error_data
  const inside = typeof data === 'string' ? textOf(data) : textOf(fieldsOf(data).details)
  return (
    inside ?? textOf(fields.details) ?? textOf(fields.error_user_msg) ?? textOf(fields.message) ?? textOf(fields.title)
  )
}
