import type {Runtime} from '../runtime/runtime.ts'
import {tenantById, type TenantRow} from './tenants.ts'

/** What another process does to a tenant is felt here within this time; what this one does, at once. */
const REMEMBERED_MS = 1000
const MOST_REMEMBERED = 10_000

interface Remembered {
  row: TenantRow
  /** When it was read: by the monotonic clock, and by the commits of this process. */
  at: number
  commits: number
}

const remembered = new WeakMap<Runtime['stores'], Map<string, Remembered>>()

/** `tenantById` for what is asked with every request. */
export async function rememberedTenant(
  {stores, clock}: Pick<Runtime, 'stores' | 'clock'>,
  id: string,
): Promise<TenantRow | undefined> {
  let tenants = remembered.get(stores)
  if (!tenants) remembered.set(stores, (tenants = new Map<string, Remembered>()))
  const known = tenants.get(id)
  const at = clock.monotonic()
  const commits = stores.controlCommits()
  if (known && known.commits === commits && at - known.at < REMEMBERED_MS) return known.row
  const row = await tenantById(stores.control, id)
  if (tenants.size >= MOST_REMEMBERED) tenants.clear()
  if (row) tenants.set(id, {row, at, commits})
  else tenants.delete(id)
  return row
}
