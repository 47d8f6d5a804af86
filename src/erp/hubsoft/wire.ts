import {fieldsOf, type Fields, numberOf, textOf} from '../../base/read.ts'
import {type Answer, type ErpLine, type ErpReply, type ErpRequest, found, type Token} from '../connector.ts'
import {badCredentials, type ErpFailure, isFailure, noPermission, refusedBy, serverError} from '../errors.ts'
import {jsonOf} from '../reading.ts'

export const LABEL = 'HubSoft'
const ROOT = '/api/v1/integracao'

interface Call {
  method?: 'GET' | 'POST'
  /** Below the integration's root, without a slash in front. */
  path: string
  query?: Readonly<Record<string, string | undefined>>
  json?: unknown
  /** False for what opens or changes something. */
  safe?: boolean
}

/** Calls the integration; a token that is refused is fetched anew once. Success is in the body, not in the status. */
export async function ask(line: ErpLine, call: Call): Promise<Answer<Fields>> {
  const token = await line.token(() => login(line))
  if (token.outcome !== 'found') return token
  const reply = await send(line, call, token.data)
  if (isFailure(reply) || reply.status !== 401) return answerOf(reply)
  const fresh = await line.token(() => login(line), token.data)
  return fresh.outcome === 'found' ? answerOf(await send(line, call, fresh.data)) : fresh
}

function send(line: ErpLine, {method = 'GET', path, query, json, safe = method === 'GET'}: Call, token: string) {
  const request: ErpRequest = {method, path: `${ROOT}/${path}`, query, json, safe}
  return line.send({...request, headers: {authorization: `Bearer ${token}`}})
}

function answerOf(reply: ErpReply | ErpFailure): Answer<Fields> {
  if (isFailure(reply)) return reply
  if (reply.status === 401) return badCredentials(LABEL)
  const read = jsonOf(LABEL, reply)
  if (!('json' in read)) return read
  const body = fieldsOf(read.json)
  if (reply.status === 403) return noPermission(LABEL, wordsOf(body))
  if (reply.status >= 500) return serverError(LABEL, reply.status)
  // "success" is misspelt in some answers, so only what says "error" is one.
  if (body.status === 'error' || reply.status >= 400) return refusedBy(LABEL, wordsOf(body))
  return found(body)
}

function wordsOf(body: Fields): string {
  const errors = Object.values(fieldsOf(body.errors)).flatMap((value) =>
    Array.isArray(value) ? (value as unknown[]) : [value],
  )
  return [body.msg, body.message, ...errors].flatMap((one) => textOf(one) ?? []).join(' ')
}

async function login(line: ErpLine): Promise<Answer<Token>> {
  const {apiKey, apiSecret, credentials} = line.connection
  const {username, password} = credentials
  const json = {grant_type: 'password', client_id: apiKey, client_secret: apiSecret, username, password}
  const reply = await line.send({method: 'POST', path: '/oauth/token', json, safe: true})
  if (isFailure(reply)) return reply
  const read = jsonOf(LABEL, reply)
  if (!('json' in read)) return read
  const body = fieldsOf(read.json)
  const token = textOf(body.access_token)
  if (token === undefined) return badCredentials(LABEL)
  const seconds = numberOf(body.expires_in)
  return found({token, expiresAt: seconds === undefined ? null : line.now + seconds * 1000})
}
