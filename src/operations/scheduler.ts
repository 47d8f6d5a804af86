import {messageOf} from '../base/errors.ts'
import {fireSchedules} from '../conversations/schedule.ts'
import {settleUnknown} from '../delivery/settle-unknown.ts'
import {startTenantLoop, type TenantLoop} from '../jobs/tenant-loop.ts'
import type {Runtime} from '../runtime/runtime.ts'
import {reconcileTenants} from '../tenants/lifecycle.ts'
import type {TenantCache} from '../tenants/tenant-cache.ts'
import {tidyControl, tidyTenant} from './housekeeping.ts'

const HOUR_MS = 3_600_000
/** The provider is not asked about messages of unknown outcome more often than this. */
const ASK_EVERY_MS = 5000

export interface SchedulerOptions {
  tenants: TenantCache
  armed: () => boolean
  onJobs: (tenantId: string) => void
}

/** What happens by the clock: scheduled flows, and once an hour the tidying up of tenants and of the installation. */
export function startScheduler(runtime: Runtime, {tenants, armed, onJobs}: SchedulerOptions): TenantLoop {
  const {clock, log, stores} = runtime
  const isDue = everySoOften(clock)
  const loop = startTenantLoop({
    clock,
    log,
    name: 'scheduler',
    async work(id) {
      if (armed() && (await fireSchedules(runtime, await tenants.get(id)))) onJobs(id)
      if (isDue(`ask ${id}`, ASK_EVERY_MS)) await settleUnknown(runtime, stores.tenant(id))
      if (isDue(`tidy ${id}`, HOUR_MS)) await tidyTenant(runtime, stores.tenant(id))
      return false
    },
  })
  const over = new AbortController()
  const reconciling = reconcileHourly(runtime, over.signal)
  return {
    wake: loop.wake,
    async stop() {
      over.abort()
      await loop.stop()
      await reconciling
    },
  }
}

async function reconcileHourly(runtime: Runtime, over: AbortSignal): Promise<void> {
  while (!over.aborted) {
    await reconcileTenants(runtime).catch((error: unknown) =>
      runtime.log.warn({error: messageOf(error)}, 'tenants could not be reconciled'),
    )
    await tidyControl(runtime, runtime.stores.control).catch((error: unknown) =>
      runtime.log.warn({error: messageOf(error)}, 'the control database could not be tidied'),
    )
    await runtime.clock.sleep(HOUR_MS, over)
  }
}

/** True when a thing was not done for so long, and then it counts as done. */
function everySoOften(clock: Runtime['clock']): (what: string, ms: number) => boolean {
  const last = new Map<string, number>()
  return (what, ms) => {
    if (clock.monotonic() - (last.get(what) ?? Number.NEGATIVE_INFINITY) < ms) return false
    last.set(what, clock.monotonic())
    return true
  }
}
