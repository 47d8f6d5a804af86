import {disarmedReason} from './installation.ts'
import type {Runtime} from './runtime.ts'

const POLL_MS = 5000

export interface Armed {
  /** Why nothing may be sent; undefined when all is well. */
  reason(): string | undefined
  stop(): void
}

/** Another process may re-arm a copied database while this one runs. */
export function watchArmed({stores, clock}: Pick<Runtime, 'stores' | 'clock'>, first: string | undefined): Armed {
  let reason = first
  const over = new AbortController()
  const look = async () => {
    while (!over.signal.aborted) {
      await clock.sleep(POLL_MS, over.signal)
      if (over.signal.aborted) return
      reason = await disarmedReason(stores).catch(() => reason)
    }
  }
  if (first !== undefined) void look()
  return {reason: () => reason, stop: () => over.abort()}
}
