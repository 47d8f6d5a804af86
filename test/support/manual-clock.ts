import type {Clock} from '../../src/base/clock.ts'

export interface ManualClock extends Clock {
  /** Moves time on, wakes who is due, and waits until somebody sleeps again. */
  pass(ms: number): Promise<void>
  /** Moves time on where nobody sleeps. */
  skip(ms: number): void
}

/** A clock that stands until it is told to move; the rest of the world (files, sockets) goes on by itself. */
export function manualClock(start = Date.parse('2026-11-23T12:00:00Z')): ManualClock {
  let now = start
  const sleepers = new Set<{at: number; wake: () => void}>()
  const asleep = async () => {
    while (sleepers.size === 0) await new Promise((resolve) => setTimeout(resolve, 1))
  }
  return {
    now: () => now,
    monotonic: () => now,
    sleep: (ms, signal) =>
      new Promise((resolve) => {
        if (signal?.aborted) return resolve()
        const sleeper = {
          at: now + ms,
          wake: () => {
            sleepers.delete(sleeper)
            resolve()
          },
        }
        sleepers.add(sleeper)
        signal?.addEventListener('abort', sleeper.wake, {once: true})
      }),
    skip(ms) {
      now += ms
    },
    async pass(ms) {
      await asleep()
      const end = now + ms
      for (;;) {
        const [next] = [...sleepers].filter(({at}) => at <= end).sort((a, b) => a.at - b.at)
        if (!next) break
        now = Math.max(now, next.at)
        next.wake()
        await asleep()
      }
      now = end
    },
  }
}
