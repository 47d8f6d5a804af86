import {type Http, HttpError, type HttpRequest} from '../base/http.ts'
import type {Json} from '../base/json.ts'
import {httpAnswer} from '../flow/call-answer.ts'
import type {CallRequest, CallResult} from '../flow/session.ts'
import type {Runtime} from '../runtime/runtime.ts'
import type {TenantDb} from '../store/stores.ts'
import {readSecret} from '../tenants/secrets.ts'

/** Most bytes of an answer. */
const MOST_BYTES = 1_048_576
const reference = /\$\{secret\.([A-Za-z0-9_]+)\}/g

/** The flow's outcome for each way a call can fail. */
const outcomes: Partial<Record<HttpError['code'], string>> = {
  timeout: 'timeout',
  blocked: 'blocked',
  redirect: 'blocked',
  too_large: 'too_large',
}

/**
 * Makes the call of an `api_call` node. Secrets are put in here and nowhere else, so they are in no variable, event or
 * log; where the call may go is not for a tenant to widen. Never throws.
 */
export async function callApi(
  deps: Pick<Runtime, 'stores'> & {http: Http},
  db: TenantDb,
  request: CallRequest,
  signal: AbortSignal,
): Promise<CallResult> {
  let prepared: HttpRequest
  try {
    prepared = await prepare(deps, db, request)
  } catch (error) {
    return {outcome: 'error', error: error instanceof Error ? error.message : String(error)}
  }
  try {
    const response = await deps.http.request({...prepared, signal})
    const {status, headers, body} = response
    return httpAnswer(status, headers, bodyOf(body, headers['content-type']))
  } catch (error) {
    if (!(error instanceof HttpError)) throw error
    // After the first byte nobody knows whether the other side did it; only a request that may be repeated is a plain error.
    const unsure = error.phase === 'after' && !request.retry
    return {outcome: outcomes[error.code] ?? (unsure ? 'unknown' : 'error'), error: error.message}
  }
}

async function prepare(deps: Pick<Runtime, 'stores'>, db: TenantDb, request: CallRequest): Promise<HttpRequest> {
  const {method, url, headers, body} = request.data as {
    method: HttpRequest['method']
    url: string
    headers: Record<string, Json>
    body: Json
  }
  const fill = async (text: string) => {
    let filled = text
    for (const [whole, name] of text.matchAll(reference)) {
      filled = filled.replaceAll(whole, await readSecret(deps, db, name ?? ''))
    }
    return filled
  }
  const filled: Record<string, string> = {}
  // Header names know no case: one that the flow writes takes the place of ours, however it writes it.
  for (const [name, value] of Object.entries(headers))
    filled[name.toLowerCase()] = await fill(typeof value === 'string' ? value : JSON.stringify(value))
  const isText = typeof body === 'string'
  const content =
    body === null || method === 'GET' || method === 'HEAD'
      ? undefined
      : await fill(isText ? body : JSON.stringify(body))
  return {
    method,
    url: await fill(url),
    headers: {
      'idempotency-key': request.idempotencyKey,
      ...(content === undefined ? {} : {'content-type': isText ? 'text/plain; charset=utf-8' : 'application/json'}),
      ...filled,
    },
    body: content,
    policy: {kind: 'public'},
    timeoutMs: request.timeoutMs,
    maxBytes: MOST_BYTES,
  }
}

/** JSON where it is JSON, else text. */
function bodyOf(body: Buffer, type: string | undefined): Json {
  const text = body.toString('utf8')
  if (!type?.includes('json') && !/^\s*[[{]/.test(text)) return text
  try {
    return JSON.parse(text) as Json
  } catch {
    return text
  }
}
