import type {Runtime} from '../runtime/runtime.ts'

const WINDOW_MS = 60_000

export interface Rejections {
  /** Counts one; at most one event a minute and reason goes into the log, so a flood does not fill the disk. */
  count(reason: string, detail: {config_id?: string; tenant_id?: string}): void
  total(reason?: string): number
}

export function createRejections({stores, clock, log}: Pick<Runtime, 'stores' | 'clock' | 'log'>): Rejections {
  const counts = new Map<string, number>()
  const told = new Map<string, number>()
  return {
    count(reason, detail) {
      counts.set(reason, (counts.get(reason) ?? 0) + 1)
      const key = `${reason} ${detail.config_id ?? ''}`
      const now = clock.monotonic()
      if (now - (told.get(key) ?? Number.NEGATIVE_INFINITY) < WINDOW_MS) return
      if (told.size > 1000) told.clear()
      told.set(key, now)
      const at = clock.now()
      const database = detail.tenant_id ? stores.tenant(detail.tenant_id) : stores.control
      const data = {reason, config_id: detail.config_id ?? null, total: counts.get(reason) ?? 0}
      void database
        .write(async (tx) => tx.emit({type: 'webhook_rejected', at, data}))
        .catch((error: unknown) => log.warn({error: String(error)}, 'a rejected webhook could not be recorded'))
    },
    total: (reason) => (reason ? (counts.get(reason) ?? 0) : [...counts.values()].reduce((sum, n) => sum + n, 0)),
  }
}
