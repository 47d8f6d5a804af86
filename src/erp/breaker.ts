import type {Clock} from '../base/clock.ts'

/** Failures in a row that make it rest. */
const FAILURES = 5
const FIRST_REST_MS = 5_000
const LONGEST_REST_MS = 60_000

export type Admission = {admitted: true} | {admitted: false; retryAfterMs: number}

/**
 * Keeps requests from a server that does not answer. After five failures in a row, or one silence of a whole time limit
 * in which nobody else got an answer, it rests; then one request may try, and all wait for what becomes of that one.
 */
export interface Breaker {
  admit(): Admission
  answered(): void
  /** `silent`: it waited for `forMs` and nothing came. */
  failed(silent?: {forMs: number}): void
  /** The request was given up by us: it says nothing about the server. */
  withdrawn(): void
  readonly state: 'closed' | 'open' | 'half_open'
}

export function createBreaker(clock: Pick<Clock, 'monotonic'>): Breaker {
  let failures = 0
  let restMs = 0
  let openUntil: number | undefined
  let probing = false
  let answeredAt = Number.NEGATIVE_INFINITY

  const open = () => {
    restMs = Math.min(restMs === 0 ? FIRST_REST_MS : restMs * 2, LONGEST_REST_MS)
    openUntil = clock.monotonic() + restMs
    probing = false
  }
  return {
    admit() {
      if (openUntil === undefined) return {admitted: true}
      const left = openUntil - clock.monotonic()
      if (left > 0) return {admitted: false, retryAfterMs: Math.ceil(left)}
      if (probing) return {admitted: false, retryAfterMs: 1000}
      probing = true
      return {admitted: true}
    },
    answered() {
      failures = 0
      restMs = 0
      openUntil = undefined
      probing = false
      answeredAt = clock.monotonic()
    },
    failed(silent) {
      failures++
      const dead = silent !== undefined && answeredAt < clock.monotonic() - silent.forMs
      if (probing || dead || failures >= FAILURES) open()
    },
    withdrawn() {
      probing = false
    },
    get state() {
      if (openUntil === undefined) return 'closed'
      return probing || clock.monotonic() >= openUntil ? 'half_open' : 'open'
    },
  }
}
