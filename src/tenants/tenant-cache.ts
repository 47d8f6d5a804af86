import {PytakeError} from '../base/errors.ts'
import type {Runtime} from '../runtime/runtime.ts'
import type {Plan, TenantBilling, TenantLimits, TenantSettings} from '../store/schema/control.ts'

/** What running a tenant needs to know of it, seconds old at most. */
export interface TenantInfo {
  id: string
  name: string
  plan: Plan
  limits: TenantLimits
  settings: TenantSettings
  billing: TenantBilling
  state: string
}

export interface TenantCache {
  get(id: string): Promise<TenantInfo>
  /** Tenants that work: active and not suspended. */
  running(): Promise<TenantInfo[]>
}

const MAX_AGE_MS = 2000

export const isRunning = ({state, billing}: TenantInfo): boolean => state === 'active' && billing.status === 'active'

export function createTenantCache({stores, clock}: Pick<Runtime, 'stores' | 'clock'>): TenantCache {
  let tenants = new Map<string, TenantInfo>()
  let readAt = Number.NEGATIVE_INFINITY
  let reading: Promise<void> | undefined

  const read = async () => {
    const rows = await stores.control.read((db) =>
      db
        .selectFrom('tenants')
        .select(['id', 'name', 'plan', 'limits', 'settings', 'billing', 'state'])
        .where('state', 'in', ['active', 'removing'])
        .execute(),
    )
    tenants = new Map(rows.map((row) => [row.id, row]))
    readAt = clock.monotonic()
  }
  const refresh = async (maxAgeMs: number) => {
    if (clock.monotonic() - readAt < maxAgeMs) return
    reading ??= read().finally(() => (reading = undefined))
    await reading
  }

  return {
    async get(id) {
      await refresh(MAX_AGE_MS)
      if (!tenants.has(id)) await refresh(0)
      const tenant = tenants.get(id)
      if (!tenant) throw new PytakeError('NOT_FOUND', `Tenant ${id} was not found.`)
      return tenant
    },
    async running() {
      await refresh(MAX_AGE_MS)
      return [...tenants.values()].filter(isRunning)
    },
  }
}
