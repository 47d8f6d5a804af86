import type {HttpResponse} from '../../base/http.ts'
import {fieldsOf, itemsOf, numberOf, textOf} from '../../base/read.ts'
import {BY_ITSELF, unreadableAnswer, type ProviderError, type TransportFailure} from '../errors.ts'

const TEST = 'See what is wrong: pytake whatsapp test NAME'

/** An answer that is no success, as what it means for the call. */
export function failureOf(response: HttpResponse, json: unknown): TransportFailure {
  const words = wordsOf(json)
  const details = words.join(' ') || response.body.toString('utf8', 0, 200)
  const refused = (error: Omit<ProviderError, 'details'>): TransportFailure => ({
    outcome: 'refused',
    error: details === '' ? error : {...error, details},
  })
  if (response.status === 400 && isNotOnWhatsapp(json)) return refused(notOnWhatsapp)
  // The server reports all that goes wrong while sending as 400, so these words are all there is to go by.
  if (/timed? ?out/i.test(details) && response.status === 400) return unreadableAnswer(400, details)
  if (/connection closed|not connected|connection lost/i.test(details)) return refused(disconnected)
  if (response.status >= 500 || response.status === 408) return unreadableAnswer(response.status, details)
  return refused(byStatus(response))
}

const notOnWhatsapp = {
  code: 'not_on_whatsapp',
  class: 'stop_recipient',
  message: 'This number is not on WhatsApp.',
  nextStep: 'Check the number with the person.',
} as const

const disconnected = {
  code: 'disconnected',
  class: 'retry_later',
  message: 'The instance is not connected to WhatsApp.',
  nextStep: 'If it stays so, pair the phone again: pytake whatsapp connect NAME',
  retryAfterMs: 30_000,
  slows: 'lane',
} as const

function byStatus(response: HttpResponse): ProviderError {
  const code = `http_${response.status}`
  switch (response.status) {
    case 401:
    case 403: {
      const nextStep = 'Set the right key: pytake whatsapp edit NAME --api-key-file FILE'
      return {code, class: 'stop_lane', message: 'The Evolution server does not accept the API key.', nextStep}
    }
    case 404: {
      const message = 'The Evolution server knows no such instance or address.'
      const nextStep = 'Name the one that is there: pytake whatsapp edit NAME --instance INSTANCE --api-url URL'
      return {code, class: 'stop_lane', message, nextStep}
    }
    case 413: {
      const message = 'The file is larger than the Evolution server takes.'
      return {code, class: 'fix_request', message, nextStep: 'Send a smaller file, or a link to it.'}
    }
    case 429: {
      const seconds = numberOf(response.headers['retry-after'])
      const retryAfterMs = seconds === undefined ? 60_000 : seconds * 1000
      const message = 'The Evolution server takes no more calls for the moment.'
      return {
        code,
        class: 'retry_later',
        message,
        nextStep: BY_ITSELF,
        retryAfterMs,
        slows: 'lane',
      }
    }
    case 400:
    case 200: {
      const message = 'The Evolution server refused the request; the details say why.'
      return {code, class: 'fix_request', message, nextStep: 'Correct what the details name.'}
    }
    default: {
      const message = `The Evolution server answered ${response.status}.`
      return {code, class: 'stop_lane', message, nextStep: TEST}
    }
  }
}

/** `[{exists: false}]` is how the server says that a number has no WhatsApp. */
function isNotOnWhatsapp(json: unknown): boolean {
  const {message} = fieldsOf(fieldsOf(json).response)
  return itemsOf(message).some((item) => fieldsOf(item).exists === false)
}

/** All texts of an error, wherever the server has put them: plain, in a list, in a list inside it. */
function wordsOf(json: unknown): string[] {
  const fields = fieldsOf(json)
  const message = fieldsOf(fields.response).message ?? fields.message ?? fields.error
  return textsIn(message)
}

function textsIn(value: unknown, depth = 0): string[] {
  const text = textOf(value)
  if (text !== undefined) return [text]
  return depth > 3 ? [] : itemsOf(value).flatMap((item) => textsIn(item, depth + 1))
}
