import {schedulesDue} from '../conversations/schedule.ts'
import {turnsDue} from '../conversations/take.ts'
import {lanesDue} from '../delivery/lanes-due.ts'
import {unknownDue} from '../delivery/settle-unknown.ts'
import {hooksDue} from '../hooks/due.ts'
import {jobsDue} from '../jobs/queue.ts'
import type {Runtime} from '../runtime/runtime.ts'
import type {TenantInfo} from '../tenants/tenant-cache.ts'

/**
 * When a tenant has something to do, whoever does it: a time that has come when there is something now, null when
 * nothing is planned. One short read, whatever is stored.
 */
export async function nextDue(
  {stores, clock}: Pick<Runtime, 'stores' | 'clock'>,
  tenant: TenantInfo,
): Promise<number | null> {
  const now = clock.now()
  return stores.tenant(tenant.id).read(async (q) => {
    const times = [
      await turnsDue(q, now),
      await jobsDue(q),
      await lanesDue(q, now),
      await unknownDue(q, now),
      await schedulesDue(q, tenant.settings.timezone, now),
      ...(await hooksDue(q, now)).map(({at}) => at),
    ].filter((at) => at !== null)
    return times.length > 0 ? Math.min(...times) : null
  })
}
