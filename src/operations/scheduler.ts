import {messageOf} from '../base/errors.ts'
import {fireSchedules} from '../conversations/schedule.ts'
import {settleUnknown} from '../delivery/settle-unknown.ts'
import {startTenantLoop, type TenantLoop} from '../jobs/tenant-loop.ts'
import type {Runtime} from '../runtime/runtime.ts'
import {reconcileTenants} from '../tenants/lifecycle.ts'
import type {TenantCache} from '../tenants/tenant-cache.ts'
import {tidyControl, tidyTenant} from './housekeeping.ts'

const POLL_MS = 10_000
const HOUR_MS = 3_600_000

export interface SchedulerOptions {
  tenants: TenantCache
  armed: () => boolean
  onJobs: (tenantId: string) => void
}

/** What happens by the clock: scheduled flows, and once an hour the tidying up of tenants and of the installation. */
export function startScheduler(runtime: Runtime, {tenants, armed, onJobs}: SchedulerOptions): TenantLoop {
  const {clock, log, stores} = runtime
  const tidied = new Map<string, number>()
  let reconciled = Number.NEGATIVE_INFINITY

  const reconcile = async () => {
    if (clock.monotonic() - reconciled < HOUR_MS) return
    reconciled = clock.monotonic()
    await reconcileTenants(runtime).catch((error: unknown) =>
      log.warn({error: messageOf(error)}, 'tenants could not be reconciled'),
    )
    await tidyControl(runtime, stores.control).catch((error: unknown) =>
      log.warn({error: messageOf(error)}, 'the control database could not be tidied'),
    )
  }
  return startTenantLoop({
    clock,
    log,
    name: 'scheduler',
    pollMs: POLL_MS,
    async tenants() {
      await reconcile()
      return (await tenants.running()).map(({id}) => id)
    },
    async work(id) {
      if (armed() && (await fireSchedules(runtime, await tenants.get(id)))) onJobs(id)
      await settleUnknown(runtime, stores.tenant(id))
      if (clock.monotonic() - (tidied.get(id) ?? Number.NEGATIVE_INFINITY) >= HOUR_MS) {
        tidied.set(id, clock.monotonic())
        await tidyTenant(runtime, stores.tenant(id))
      }
      return false
    },
  })
}
