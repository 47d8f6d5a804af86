import {PytakeError} from '../base/errors.ts'

const MAX_DEPTH = 64

/** Parses a webhook's bytes. Throws `BAD_REQUEST` for what is no JSON object or nested too deep. */
export function parseBody(raw: Buffer): object {
  let body: unknown
  try {
    body = JSON.parse(raw.toString('utf8'))
  } catch {
    throw new PytakeError('BAD_REQUEST', 'The body is not JSON.')
  }
  if (typeof body !== 'object' || body === null) throw new PytakeError('BAD_REQUEST', 'The body is not a JSON object.')
  if (isDeeperThan(body, MAX_DEPTH))
    throw new PytakeError('BAD_REQUEST', `The body is nested deeper than ${MAX_DEPTH} levels.`)
  return body
}

/** Iterative towards the limit only: the recursion never goes deeper than `limit`. */
export function isDeeperThan(value: unknown, limit: number): boolean {
  if (typeof value !== 'object' || value === null) return false
  if (limit === 0) return true
  for (const inner of Array.isArray(value) ? value : Object.values(value)) {
    if (isDeeperThan(inner, limit - 1)) return true
  }
  return false
}
