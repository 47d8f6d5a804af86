import type {Runtime} from '../runtime/runtime.ts'

const KNOWN_MS = 5000
const MOST_KNOWN = 10_000

/** Knows which tenants have hooks, seconds old at most: what is asked after every commit must cost nothing. */
export interface HookWatch {
  hasHooks(tenantId: string): Promise<boolean>
  /** Something of its hooks may have changed. */
  forget(tenantId: string): void
}

export function createHookWatch({stores, clock}: Pick<Runtime, 'stores' | 'clock'>): HookWatch {
  const known = new Map<string, {until: number; has: Promise<boolean>}>()
  const ask = (tenantId: string) =>
    stores
      .tenant(tenantId)
      .read((q) => q.selectFrom('hooks').select('id').where('state', '=', 'active').limit(1).executeTakeFirst())
      .then((row) => row !== undefined)
      // Whoever has work finds it out without being woken, a little later.
      .catch(() => false)
  return {
    hasHooks(tenantId) {
      const last = known.get(tenantId)
      if (last && clock.monotonic() < last.until) return last.has
      const has = ask(tenantId)
      if (known.size >= MOST_KNOWN) known.clear()
      known.set(tenantId, {until: clock.monotonic() + KNOWN_MS, has})
      return has
    },
    forget: (tenantId) => void known.delete(tenantId),
  }
}
