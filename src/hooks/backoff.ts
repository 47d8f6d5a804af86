import type {Random} from '../base/ids.ts'

const SECOND = 1000
const MINUTE = 60 * SECOND
const HOUR = 60 * MINUTE

/** How long after each failed attempt the next one follows: about three days in all. After the last there is none. */
export const DELAYS_MS = [
  ...[5 * SECOND, 5 * MINUTE, 30 * MINUTE, 2 * HOUR, 5 * HOUR],
  ...[10 * HOUR, 14 * HOUR, 20 * HOUR, 24 * HOUR],
]
export const MOST_ATTEMPTS = DELAYS_MS.length + 1

const JITTER = 0.2
const LONGEST_WAIT_MS = 24 * HOUR

/** How long to wait after this many attempts, a tenth more or less; never less than the receiver asked for. */
export function waitAfter(attempts: number, random: Random, askedMs = 0): number | undefined {
  const delay = DELAYS_MS[attempts - 1]
  if (delay === undefined) return undefined
  return Math.max(askedMs, Math.round(delay * (1 - JITTER / 2 + JITTER * random.number())))
}

/** What the header `Retry-After` asks for, in milliseconds: seconds, or a time. A day at most; undefined when it says nothing. */
export function retryAfterMs(header: string | undefined, now: number): number | undefined {
  if (header === undefined) return undefined
  const asked = /^\d{1,9}$/.test(header) ? Number(header) * SECOND : Date.parse(header) - now
  return Number.isNaN(asked) ? undefined : Math.min(LONGEST_WAIT_MS, Math.max(0, asked))
}
