import type {Clock} from '../base/clock.ts'
import {inZone} from '../base/dates.ts'
import {type Http, HttpError, type HttpResponse} from '../base/http.ts'
import type {Random} from '../base/ids.ts'
import type {Logger} from '../observability/logger.ts'
import {type Breaker, createBreaker} from './breaker.ts'
import {type Cache, createCache} from './cache.ts'
import type {Answer, Connection, Connector, ErpLine, ErpReply, ErpRequest, Token} from './connector.ts'
import {busy, type ErpFailure, failure, isFailure} from './errors.ts'
import {createTurnstile, type Turnstile} from './turnstile.ts'

/** All operations together, whatever they send. */
export const DEFAULT_TIMEOUT_MS = 15_000
const ANSWER_BYTES = 4 * 1024 * 1024
/** Ends a token a little early, so that it does not run out on the way. */
const TOKEN_MARGIN_MS = 60_000
const RETRY_MS = 200
const BUSY_MS = 5_000

/** What one connection has in this process: sockets, breaker, places, token and answers. */
export interface Wire {
  readonly connection: Connection
  readonly breaker: Breaker
  readonly cache: Cache
  /** Operations under way, by key: who asks for the same joins in. */
  readonly under: Map<string, Promise<unknown>>
  readonly clock: Pick<Clock, 'now'>
  readonly log: Logger
  /** A line for one operation that may take so long in all. */
  open(timeoutMs?: number, signal?: AbortSignal): ErpLine & {close(): void}
  close(): Promise<void>
}

export interface WireDeps {
  http: Http
  clock: Clock
  random: Random
  log: Logger
}

interface State {
  connection: Connection
  label: string
  http: Http
  clock: Clock
  random: Random
  breaker: Breaker
  turnstile: Turnstile
  token?: Token
  fetching?: Promise<Answer<string>>
}

export function createWire({http, clock, random, log}: WireDeps, connector: Connector, connection: Connection): Wire {
  const concurrency = Number(connection.settings.concurrency ?? connector.capabilities.concurrency)
  const sockets = http.separate({connections: concurrency, ca: connection.ca})
  const breaker = createBreaker(clock)
  const turnstile = createTurnstile(concurrency)
  const state: State = {connection, label: connector.label, http: sockets, clock, random, breaker, turnstile}
  const settled = Number(connection.settings.timeout ?? 0) * 1000 || DEFAULT_TIMEOUT_MS
  return {
    ...{connection, breaker, clock, log},
    cache: createCache(),
    under: new Map(),
    open: (timeoutMs = settled, signal) => openLine(state, Math.min(timeoutMs, settled), signal),
    close: () => sockets.close(),
  }
}

function openLine(state: State, timeoutMs: number, outer: AbortSignal | undefined): ErpLine & {close(): void} {
  const {clock, connection} = state
  const end = clock.monotonic() + timeoutMs
  const abort = new AbortController()
  const over = new AbortController()
  const giveUp = () => abort.abort('withdrawn')
  outer?.addEventListener('abort', giveUp, {once: true})
  void clock.sleep(timeoutMs, over.signal).then(() => abort.abort('timeout'))
  const limit: Limit = {end, timeoutMs, signal: abort.signal}
  return {
    connection,
    now: clock.now(),
    today: inZone(clock.now(), connection.timeZone).toISODate() ?? '',
    send: (request) => send(state, request, limit),
    token: (signIn, refused) => tokenOf(state, signIn, refused),
    close() {
      over.abort()
      outer?.removeEventListener('abort', giveUp)
    },
  }
}

interface Limit {
  /** On the monotonic clock. */
  end: number
  timeoutMs: number
  signal: AbortSignal
}

/** A request that changes nothing is tried once more when it surely was not taken, or the server says it is unwell. */
async function send(state: State, request: ErpRequest, limit: Limit): Promise<ErpReply | ErpFailure> {
  const first = await attempt(state, request, limit)
  if (!request.safe || !isWorthAgain(first) || state.breaker.state !== 'closed') return first
  const wait = RETRY_MS * (1 + state.random.number())
  if (state.clock.monotonic() + wait > limit.end) return first
  await state.clock.sleep(wait, limit.signal)
  return attempt(state, request, limit)
}

const isWorthAgain = (result: ErpReply | ErpFailure): boolean =>
  result.outcome === 'replied'
    ? [502, 503, 504].includes(result.status)
    : isFailure(result) && result.code === 'unreachable'

async function attempt(state: State, request: ErpRequest, limit: Limit): Promise<ErpReply | ErpFailure> {
  const {breaker, turnstile, label} = state
  if (!(await turnstile.enter(limit.signal))) return overdue(label, limit, false)
  try {
    const admission = breaker.admit()
    if (!admission.admitted) {
      const words = `${label} does not answer; nothing was sent. It is tried again soon.`
      return {...failure('unavailable', 'resting', words, 'pytake erp test NAME'), retryAfterMs: admission.retryAfterMs}
    }
    return judged(state, request, await exchange(state, request, limit), limit)
  } finally {
    turnstile.leave()
  }
}

async function exchange(state: State, request: ErpRequest, limit: Limit): Promise<HttpResponse | HttpError> {
  const {connection} = state
  const {url, headers, body} = written(connection, request)
  // A link in an answer must not lead us into a private network that only the ERP itself may be in.
  const isHome = !request.anywhere || new URL(url).host === new URL(connection.apiUrl).host
  try {
    return await state.http.request({
      method: request.method,
      ...{url, headers, body},
      policy: isHome ? {kind: 'configured', allowPrivate: connection.allowPrivateNetwork} : {kind: 'public'},
      timeoutMs: Math.max(1, limit.end - state.clock.monotonic()),
      maxBytes: request.maxBytes ?? ANSWER_BYTES,
      signal: limit.signal,
    })
  } catch (error) {
    if (error instanceof HttpError) return error
    throw error
  }
}

function written({apiUrl}: Connection, {path, query = {}, headers = {}, json, form, anywhere}: ErpRequest) {
  const url = new URL(anywhere ? path : `${apiUrl}${path}`)
  for (const [name, value] of Object.entries(query)) if (value !== undefined) url.searchParams.set(name, value)
  const given = Object.entries(form ?? {}).filter((pair): pair is [string, string] => pair[1] !== undefined)
  const body = json === undefined ? (form ? new URLSearchParams(given).toString() : undefined) : JSON.stringify(json)
  const type = json === undefined ? 'application/x-www-form-urlencoded' : 'application/json'
  return {
    url: url.href,
    body,
    headers: {accept: 'application/json', ...(body ? {'content-type': type} : {}), ...headers},
  }
}

/** Tells the breaker what came of it, and puts a lost answer into words. */
function judged(
  state: State,
  request: ErpRequest,
  came: HttpResponse | HttpError,
  limit: Limit,
): ErpReply | ErpFailure {
  const {breaker, label} = state
  if (came instanceof HttpError) {
    if (came.code === 'timeout' || (came.code === 'aborted' && limit.signal.reason === 'timeout')) {
      breaker.failed({forMs: limit.timeoutMs})
      return overdue(label, limit, !request.safe && came.phase === 'after')
    }
    if (came.code === 'aborted' || came.code === 'blocked' || came.code === 'invalid') breaker.withdrawn()
    else breaker.failed()
    return lost(label, request, came)
  }
  if (came.status >= 500 && !request.mayLack) breaker.failed()
  else breaker.answered()
  if (came.status === 429) return busy(label, (Number(came.headers['retry-after']) || 0) * 1000 || BUSY_MS)
  return {outcome: 'replied', status: came.status, headers: came.headers, body: came.body}
}

function overdue(label: string, {timeoutMs}: Limit, mayBeDone: boolean): ErpFailure {
  const words = `${label} did not answer within ${Math.round(timeoutMs / 1000)} s`
  return mayBeDone
    ? failure('unknown', 'unsure', `${words}; what was asked may have been done.`)
    : failure('unavailable', 'timeout', `${words}.`, 'pytake erp test NAME')
}

const CERTIFICATE = 'Mend the certificate there, or give the private authority: pytake erp edit NAME --ca-file FILE'

function lost(label: string, request: ErpRequest, {code, phase, message}: HttpError): ErpFailure {
  if (code === 'blocked')
    return failure('error', 'unreachable', message, 'Let the operator allow this network: PYTAKE_ALLOW_NETWORKS')
  if (code === 'tls') return failure('unavailable', 'tls', message, CERTIFICATE)
  if (phase === 'after' && !request.safe)
    return failure('unknown', 'unsure', `The answer of ${label} was lost; what was asked may have been done.`)
  if (code === 'too_large') return failure('error', 'too_large', `${label} answered with more than can be read.`)
  return failure('unavailable', 'unreachable', message, 'pytake erp test NAME')
}

async function tokenOf(
  state: State,
  signIn: () => Promise<Answer<Token>>,
  refused: string | undefined,
): Promise<Answer<string>> {
  const {token, clock} = state
  const isFresh = token && (token.expiresAt === null || token.expiresAt - TOKEN_MARGIN_MS > clock.now())
  if (token && isFresh && token.token !== refused) return {outcome: 'found', data: token.token}
  state.fetching ??= signIn()
    .then((answer): Answer<string> => {
      if (answer.outcome !== 'found') return answer
      state.token = answer.data
      return {outcome: 'found', data: answer.data.token}
    })
    .finally(() => (state.fetching = undefined))
  return state.fetching
}
