import type {Clock} from '../base/clock.ts'

/** Turns that do not get done hold up webhooks for no longer than this. */
const PATIENCE_MS = 250

/** Keeps what is taken in step with what is handled, tenant by tenant. */
export interface Pace {
  /** Runs one batch of turns; `more` tells that it left something. */
  batch<T extends {more: boolean}>(tenantId: string, run: () => Promise<T>): Promise<T>
  /** Resolves at once, or when the batch in hand is done where the one before had left something. */
  readonly room: (tenantId: string) => Promise<void>
}

/**
 * Webhooks cost a fraction of the turns that they cause. Taken at full speed, a rush would leave the turns what is left of
 * the processor, and replies would come later and later; so while turns are behind, one commit of webhooks goes with one
 * batch of turns. With SQLite the one writer sees to that anyway.
 */
export function createPace(clock: Pick<Clock, 'sleep'>): Pace {
  const behind = new Set<string>()
  const inHand = new Map<string, Promise<unknown>>()
  return {
    async batch(tenantId, run) {
      const running = run()
      if (behind.delete(tenantId)) inHand.set(tenantId, running)
      try {
        const report = await running
        if (report.more) behind.add(tenantId)
        return report
      } finally {
        inHand.delete(tenantId)
      }
    },
    async room(tenantId) {
      const running = inHand.get(tenantId)
      if (!running) return
      const done = new AbortController()
      const end = () => done.abort('done')
      running.then(end, end)
      await clock.sleep(PATIENCE_MS, done.signal)
    },
  }
}
