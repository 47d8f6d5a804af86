import type {Http, HttpRequest, HttpResponse} from '../../base/http.ts'
import type {Account} from '../channel.ts'
import {ChannelError, transportFailure, unreadableAnswer, type TransportFailure} from '../errors.ts'
import {fieldsOf} from '../../base/read.ts'
import {failureOf} from './error.ts'

/** The server checks the number on WhatsApp before it sends, and answers only then. */
export const CALL_MS = 30_000
/** With files: the server fetches or converts them while we wait. */
export const MEDIA_MS = 120_000
const ANSWER_BYTES = 4 * 1024 * 1024

export interface EvolutionCall {
  method: HttpRequest['method']
  /** Without slashes around it: `message/sendText`. The instance's name is put behind. */
  action: string
  query?: string
  json?: unknown
  timeoutMs?: number
  maxBytes?: number
  signal?: AbortSignal
}

export type EvolutionAnswer = {outcome: 'ok'; json: unknown} | TransportFailure

/** Calls the account's server. Refusals and lost answers come back as values. */
export async function callEvolution(call: EvolutionCall, account: Account, http: Http): Promise<EvolutionAnswer> {
  const path = `${call.action}/${encodeURIComponent(account.instance ?? '')}${call.query ?? ''}`
  return callPath(path, call, account, http)
}

/** The same, for calls that are no message: throws a `ChannelError` instead. */
export async function askEvolution(call: EvolutionCall, account: Account, http: Http): Promise<unknown> {
  const answer = await callEvolution(call, account, http)
  if (answer.outcome !== 'ok') throw new ChannelError(answer.error)
  return answer.json
}

/** A `GET` that names no instance in its path; `path` without leading slash, with its query. */
export const askServer = (path: string, account: Account, http: Http) =>
  callPath(path, {method: 'GET', action: ''}, account, http)

async function callPath(path: string, call: EvolutionCall, account: Account, http: Http): Promise<EvolutionAnswer> {
  const headers: Record<string, string> = {apikey: account.apiKey ?? '', accept: 'application/json'}
  if (call.json !== undefined) headers['content-type'] = 'application/json'
  let response: HttpResponse
  try {
    response = await http.request({
      method: call.method,
      url: `${account.apiUrl ?? ''}/${path}`,
      headers,
      body: call.json === undefined ? undefined : JSON.stringify(call.json),
      policy: {kind: 'configured', allowPrivate: account.allowPrivateNetwork},
      timeoutMs: call.timeoutMs ?? CALL_MS,
      maxBytes: call.maxBytes ?? ANSWER_BYTES,
      signal: call.signal,
    })
  } catch (error) {
    return transportFailure(error)
  }
  const json = parsed(response.body)
  // Some calls report an error with status 200.
  const failed = response.status < 200 || response.status > 299 || fieldsOf(json).error === true
  if (failed) return failureOf(response, json)
  return json === undefined
    ? unreadableAnswer(response.status, response.body.toString('utf8', 0, 200))
    : {outcome: 'ok', json}
}

function parsed(body: Buffer): unknown {
  try {
    return JSON.parse(body.toString('utf8'))
  } catch {
    return undefined
  }
}
