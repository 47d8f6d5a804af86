import {PytakeError} from '../base/errors.ts'
import {HttpError} from '../base/http-error.ts'

/** What to do about a provider's error. Callers ask the class, never the code. */
export type ErrorClass =
  /** The same message again after a short while. */
  | 'retry_after'
  /** Again, but much later; the lane or the pair slows down meanwhile. */
  | 'retry_later'
  /** This recipient cannot be reached, or must not be. */
  | 'stop_recipient'
  /** Nothing can leave this number until a person mends something. */
  | 'stop_lane'
  | 'fix_template'
  | 'fix_request'
  | 'unknown'

export interface ProviderError {
  /** The provider's code as text, or ours: `timeout`, `connect`, `bad_answer`. */
  code: string
  class: ErrorClass
  /** A sentence for people. */
  message: string
  /** What to do next: a command where there is one. */
  nextStep: string
  /** The provider's own words. */
  details?: string
  /** At least this long before the next try. */
  retryAfterMs?: number
  /** What has to slow down: the whole number, or this recipient only. */
  slows?: 'lane' | 'pair'
}

/** A provider's refusal of something that is not a message: media, templates, read marks, an instance. */
export class ChannelError extends PytakeError {
  readonly provider: ProviderError

  constructor(provider: ProviderError) {
    const details = [{message: provider.details ?? provider.message, code: provider.code}]
    super(provider.class === 'fix_request' ? 'BAD_REQUEST' : 'UNAVAILABLE', provider.message, {
      details,
      help: provider.nextStep,
    })
    this.name = 'ChannelError'
    this.provider = provider
  }
}

export const BY_ITSELF = 'It is tried again by itself.'

/** A provider may say anything at any length. */
const MOST_DETAILS = 500

type Failure = Pick<ProviderError, 'code' | 'message' | 'details' | 'nextStep'>

const detailsOf = ({message, details = ''}: Failure): string | undefined =>
  details === '' || details === message ? undefined : details.slice(0, MOST_DETAILS)

/** What a message that failed shows of it. The provider's own words tell which field it was. */
export function failureText(error: Failure): string {
  const details = detailsOf(error)
  return `${error.code}: ${error.message}${details === undefined ? '' : ` (${details})`}`
}

/** What to do about it. Of a message that has failed nothing is tried again by itself any more. */
export const failureStep = ({nextStep}: Failure): string =>
  nextStep.startsWith(BY_ITSELF) ? 'Send it again: pytake message resend ID' : nextStep

/** The same, as events tell it. */
export const failureData = (error: Failure) => ({
  error_code: error.code,
  error: error.message,
  details: detailsOf(error),
  next_step: failureStep(error),
})

/** A call that got no answer. `refused` only when surely no byte of it was taken. */
export type TransportFailure = {outcome: 'refused' | 'unknown'; error: ProviderError}

const RETRY_MS = 2_000

/** What a failed call means for the message it carried. Rethrows what is not an `HttpError`: that is a bug of ours. */
export function transportFailure(thrown: unknown): TransportFailure {
  if (!(thrown instanceof HttpError)) throw thrown
  const {code, message} = thrown
  if (thrown.phase === 'after') {
    const nextStep =
      'A status may still settle it; if none comes, look at the phone and run `pytake message resend ID`.'
    return {outcome: 'unknown', error: {code, class: 'unknown', message, nextStep}}
  }
  if (code === 'blocked') {
    const nextStep = 'Set another address, or let the operator allow this network: PYTAKE_ALLOW_NETWORKS.'
    return {outcome: 'refused', error: {code, class: 'stop_lane', message, nextStep}}
  }
  if (code === 'invalid') {
    return {
      outcome: 'refused',
      error: {code, class: 'stop_lane', message, nextStep: 'Check the address and the token.'},
    }
  }
  const nextStep = `${BY_ITSELF} If it goes on: \`pytake whatsapp test NAME\`.`
  return {outcome: 'refused', error: {code, class: 'retry_after', message, nextStep, retryAfterMs: RETRY_MS}}
}

/** An answer that came and cannot be understood: nobody knows what it did. */
export function unreadableAnswer(status: number, details: string): TransportFailure {
  const message = `The provider answered ${status} with something that cannot be read.`
  const nextStep = 'A status may still settle it; if none comes, look at the phone and run `pytake message resend ID`.'
  return {outcome: 'unknown', error: {code: 'bad_answer', class: 'unknown', message, nextStep, details}}
}

/** A file of ours has to be exchanged for an id before the message is sent. */
export const notUploaded: ProviderError = {
  code: 'not_uploaded',
  class: 'fix_request',
  message: 'The file of this message has not been uploaded.',
  nextStep: 'Send it again; the file is uploaded first.',
}
