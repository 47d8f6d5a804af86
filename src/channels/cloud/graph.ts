import type {Http, HttpRequest, HttpResponse} from '../../base/http.ts'
import {fieldsOf, numberOf, type Fields} from '../../base/read.ts'
import type {Account} from '../channel.ts'
import {
  BY_ITSELF,
  ChannelError,
  transportFailure,
  unreadableAnswer,
  type ProviderError,
  type TransportFailure,
} from '../errors.ts'
import {providerErrorOf} from './error.ts'

/** The one place that says which Graph API is spoken. */
export const GRAPH_VERSION = 'v25.0'
const GRAPH_URL = 'https://graph.facebook.com'
/** Media downloads have failed without one. */
export const USER_AGENT = 'pytake'

const CALL_MS = 30_000
const ANSWER_BYTES = 4 * 1024 * 1024

export interface GraphCall {
  method: HttpRequest['method']
  /** Without leading slash, with its query. */
  path: string
  json?: unknown
  form?: FormData
  timeoutMs?: number
  signal?: AbortSignal
}

export type GraphAnswer = {outcome: 'ok'; fields: Fields} | TransportFailure

/** Calls Graph with the account's token. Refusals and lost answers come back as values. */
export async function callGraph(call: GraphCall, account: Account, http: Http): Promise<GraphAnswer> {
  let response: HttpResponse
  try {
    response = await http.request(requestOf(call, account))
  } catch (error) {
    return transportFailure(error)
  }
  return readAnswer(response)
}

/** The same, for calls that are no message: throws a `ChannelError` instead. */
export async function askGraph(call: GraphCall, account: Account, http: Http): Promise<Fields> {
  const answer = await callGraph(call, account, http)
  if (answer.outcome !== 'ok') throw new ChannelError(answer.error)
  return answer.fields
}

export const policyOf = (account: Account): HttpRequest['policy'] =>
  account.apiUrl === undefined ? {kind: 'public'} : {kind: 'configured', allowPrivate: account.allowPrivateNetwork}

function requestOf(call: GraphCall, account: Account): HttpRequest {
  const headers: Record<string, string> = {
    authorization: `Bearer ${account.accessToken ?? ''}`,
    'user-agent': USER_AGENT,
    accept: 'application/json',
  }
  if (call.json !== undefined) headers['content-type'] = 'application/json'
  return {
    method: call.method,
    url: `${account.apiUrl ?? GRAPH_URL}/${GRAPH_VERSION}/${call.path}`,
    headers,
    body: call.json === undefined ? call.form : JSON.stringify(call.json),
    policy: policyOf(account),
    timeoutMs: call.timeoutMs ?? CALL_MS,
    maxBytes: ANSWER_BYTES,
    signal: call.signal,
  }
}

function readAnswer(response: HttpResponse): GraphAnswer {
  const text = response.body.toString('utf8')
  const fields = fieldsOf(parsed(text))
  const error = fieldsOf(fields.error)
  if (numberOf(error.code) !== undefined) return refused(providerErrorOf(error, response.status), response)
  if (response.status >= 200 && response.status < 300) {
    return Object.keys(fields).length > 0
      ? {outcome: 'ok', fields}
      : unreadableAnswer(response.status, text.slice(0, 200))
  }
  return statusOnly(response, text)
}

function refused(error: ProviderError, response: HttpResponse): GraphAnswer {
  const wait = retryAfter(response)
  return {outcome: 'refused', error: wait === undefined ? error : {...error, retryAfterMs: wait}}
}

/** No error object to go by. A 4xx was refused by somebody; after a 5xx nobody knows. */
function statusOnly(response: HttpResponse, text: string): GraphAnswer {
  const {status} = response
  const details = text.slice(0, 200)
  if (status >= 500 || status === 408) return unreadableAnswer(status, details)
  const code = `http_${status}`
  if (status === 429) {
    const message = 'The provider takes no more calls for the moment.'
    const retryAfterMs = 60_000
    return refused(
      {code, class: 'retry_later', message, nextStep: BY_ITSELF, retryAfterMs, slows: 'lane', details},
      response,
    )
  }
  const message = `${status} came back, and not from WhatsApp: something between refused the call.`
  const nextStep = 'Check the address and what stands between: pytake whatsapp test NAME'
  return {outcome: 'refused', error: {code, class: 'stop_lane', message, nextStep, details}}
}

function retryAfter(response: HttpResponse): number | undefined {
  const seconds = numberOf(response.headers['retry-after'])
  return seconds === undefined || seconds < 0 ? undefined : seconds * 1000
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
