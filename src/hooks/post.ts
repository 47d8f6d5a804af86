import {messageOf} from '../base/errors.ts'
import {type Http, HttpError, type HttpResponse} from '../base/http.ts'
import {storableText} from '../base/json-text.ts'
import type {Clock} from '../base/clock.ts'
import {retryAfterMs} from './backoff.ts'
import {signatureOf} from './signature.ts'

const TIMEOUT_MS = 15_000
/** What is kept of an answer, for people. */
const KEPT_BYTES = 1024

/** What is told to a receiver. `id` stays the same however often it is told. */
export interface Notice {
  id: string
  type: string
  at: string
  tenantId: string
  data: Record<string, unknown>
}

export interface Target {
  url: string
  /** The one that counts, and an older one while it is still good. */
  secrets: readonly string[]
}

/** What came of one attempt. */
export interface Attempt {
  /** `gone`: the receiver wants no more (410). `aborted`: we broke off, so it does not count. */
  outcome: 'delivered' | 'failed' | 'gone' | 'aborted'
  status: number | null
  response: string | null
  error: string | null
  /** The receiver asked for this much time (429, 503). */
  retryAfterMs?: number
}

type Deps = {http: Http; clock: Pick<Clock, 'now'>}

/** Tells a receiver once. Only public addresses are called, and redirects are not followed. Never throws. */
export async function post(
  {http, clock}: Deps,
  target: Target,
  notice: Notice,
  signal?: AbortSignal,
): Promise<Attempt> {
  const {id, type, at, tenantId, data} = notice
  const body = JSON.stringify({id, type, timestamp: at, tenant_id: tenantId, data})
  const timestamp = Math.floor(clock.now() / 1000)
  try {
    const response = await http.request({
      method: 'POST',
      url: target.url,
      headers: {
        'content-type': 'application/json',
        'user-agent': 'PyTake',
        'webhook-id': id,
        'webhook-timestamp': String(timestamp),
        'webhook-signature': signatureOf(target.secrets, {id, timestamp, body}),
      },
      body,
      policy: {kind: 'public'},
      timeoutMs: TIMEOUT_MS,
      maxBytes: KEPT_BYTES,
      cut: true,
      stay: true,
      signal,
    })
    return attemptOf(response, clock.now())
  } catch (error) {
    const outcome = error instanceof HttpError && error.code === 'aborted' ? 'aborted' : 'failed'
    return {outcome, status: null, response: null, error: storableText(messageOf(error))}
  }
}

function attemptOf({status, headers, body}: HttpResponse, now: number): Attempt {
  const kept = {status, response: storableText(body.toString('utf8'))}
  if (status >= 200 && status < 300) return {outcome: 'delivered', ...kept, error: null}
  if (status === 410) return {outcome: 'gone', ...kept, error: 'The receiver answered 410 Gone.'}
  const asked = status === 429 || status === 503 ? retryAfterMs(headers['retry-after'], now) : undefined
  const isRedirect = status >= 300 && status < 400
  return {
    outcome: 'failed',
    ...kept,
    error: `The receiver answered ${status}${isRedirect ? '; redirects are not followed' : ''}.`,
    ...(asked === undefined ? {} : {retryAfterMs: asked}),
  }
}
