import type {Clock} from './clock.ts'

export interface Allowance {
  allowed: boolean
  /** Whole requests left at once. */
  remaining: number
  /** Seconds until one more is allowed; 0 when one is. */
  retryAfter: number
}

export interface Buckets {
  /** Takes what `count` requests are worth, or nothing when there is less. */
  take(key: string, count?: number): Allowance
  /** Like `take`, and takes nothing. */
  look(key: string): Allowance
}

/**
 * Callers remembered at once, at most. Who is forgotten starts with a full bucket, so those go first who were not seen since
 * half as many others were.
 */
const MOST_CALLERS = 10_000

interface Bucket {
  tokens: number
  at: number
}

/** One token bucket per caller: `burst` at once, `perSecond` after that. */
export function createBuckets(
  clock: Pick<Clock, 'monotonic'>,
  {perSecond, burst}: {perSecond: number; burst: number},
): Buckets {
  let lately = new Map<string, Bucket>()
  let before = lately

  const filled = (key: string): Bucket => {
    const now = clock.monotonic()
    const old = lately.get(key) ?? before.get(key)
    if (!old) return {tokens: burst, at: now}
    return {tokens: Math.min(burst, old.tokens + ((now - old.at) / 1000) * perSecond), at: now}
  }
  const allowance = (tokens: number, allowed: boolean, count = 1): Allowance => ({
    allowed,
    remaining: Math.max(0, Math.floor(tokens)),
    retryAfter: tokens >= count ? 0 : Math.ceil((count - tokens) / perSecond),
  })

  return {
    look(key) {
      const {tokens} = filled(key)
      return allowance(tokens, tokens >= 1)
    },
    take(key, count = 1) {
      const bucket = filled(key)
      const allowed = bucket.tokens >= count
      if (allowed) bucket.tokens -= count
      if (lately.size >= MOST_CALLERS / 2 && !lately.has(key)) {
        before = lately
        lately = new Map()
      }
      lately.set(key, bucket)
      return allowance(bucket.tokens, allowed, allowed ? 1 : count)
    },
  }
}
