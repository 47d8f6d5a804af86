import type {CallRequest, CallResult, Json} from './session.ts'

/** How often a call that may be repeated is made. */
const ATTEMPTS = 3

export const attemptsOf = (request: Pick<CallRequest, 'retry'>): number => (request.retry ? ATTEMPTS : 1)

/**
 * True when the call is to be made again after its attempt number `attempt`. An ERP look-up is made again only when its
 * process died: its connection does its own repeating.
 */
export function isRepeated(
  request: Pick<CallRequest, 'kind' | 'retry'>,
  {outcome}: CallResult,
  attempt: number,
): boolean {
  if (request.kind === 'erp') return false
  return attempt < attemptsOf(request) && (outcome === 'timeout' || outcome === 'error')
}

/** What a flow gets of an HTTP answer. */
export function httpAnswer(status: number, headers: Record<string, Json>, body: Json): CallResult {
  return {outcome: status < 400 ? 'ok' : 'http_error', data: {status, headers, body}}
}
