import type {Random} from '../base/ids.ts'
import type {ProviderError} from '../channels/errors.ts'

const FIRST_MS = 1000
const LATER_MS = 60_000
const LONGEST_MS = 15 * 60_000
/** Tries that reached the provider and were turned away. */
export const MOST_ATTEMPTS = 12

/** What becomes of a message the provider did not take. */
export type Next = {retry: number} | {fail: true} | {stopLane: true}

/** Exponential with jitter, bounded by count; age is bounded by the gate. `attempts` counts this one. */
export function nextStep(error: ProviderError, attempts: number, random: Random): Next {
  switch (error.class) {
    case 'stop_lane':
      return {stopLane: true}
    case 'retry_after':
    case 'retry_later': {
      if (attempts >= MOST_ATTEMPTS) return {fail: true}
      const base = error.class === 'retry_later' ? LATER_MS : FIRST_MS
      const backoff = Math.min(LONGEST_MS, base * 2 ** (attempts - 1))
      const jittered = backoff * (0.5 + random.number() / 2)
      return {retry: Math.max(error.retryAfterMs ?? 0, Math.round(jittered))}
    }
    default:
      return {fail: true}
  }
}
