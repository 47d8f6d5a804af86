import {setTimeout as wait} from 'node:timers/promises'

/** Where time comes from. Everything that reads the time or waits takes one of these, so tests own time. */
export interface Clock {
  /** Wall clock, milliseconds since the Unix epoch. */
  now(): number
  /** Milliseconds that never go back; only differences mean something. */
  monotonic(): number
  /** Resolves after `ms`, or at once when `signal` aborts. Never rejects. */
  sleep(ms: number, signal?: AbortSignal): Promise<void>
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  async sleep(ms, signal) {
    try {
      await wait(ms, undefined, {signal})
    } catch (error) {
      if (!signal?.aborted) throw error
    }
  },
}
