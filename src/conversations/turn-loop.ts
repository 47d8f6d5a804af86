import type {ApiType, Channel} from '../channels/channel.ts'
import {startTenantLoop, type TenantLoop} from '../jobs/tenant-loop.ts'
import type {Runtime} from '../runtime/runtime.ts'
import type {TenantCache} from '../tenants/tenant-cache.ts'
import type {Pace} from './pace.ts'
import {createReceipts} from './receipts.ts'
import {createTurns} from './turns.ts'

/** After a batch of this many there is a rush on: the next one waits a moment, so that more of it share a commit. */
const RUSH = 24
const GATHER_MS = 10

type Deps = Pick<Runtime, 'stores' | 'clock' | 'ids' | 'crash' | 'log' | 'http'>

export interface TurnLoopOptions {
  channels: Record<ApiType, Channel>
  tenants: TenantCache
  armed: () => boolean
  pace: Pace
  /** Messages were queued for sending. */
  onQueued: (tenantId: string) => void
  /** Jobs were added. */
  onJobs: (tenantId: string) => void
}

/** Runs turns for as long as there is something in an inbox or a wait is over. */
export function startTurnLoop(deps: Deps, options: TurnLoopOptions): TenantLoop {
  const turns = createTurns(deps)
  const showRead = createReceipts(deps, options.channels)
  return startTenantLoop({
    clock: deps.clock,
    log: deps.log,
    name: 'turns',
    async work(tenantId) {
      const tenant = await options.tenants.get(tenantId)
      if (!options.armed() || tenant.billing.status !== 'active') return false
      const report = await options.pace.batch(tenantId, (decided) => turns.run(tenant, decided))
      if (report.queued) options.onQueued(tenantId)
      if (report.jobs) options.onJobs(tenantId)
      showRead(tenantId, report.reads)
      if (report.handled >= RUSH && !report.more) await deps.clock.sleep(GATHER_MS)
      return report.more
    },
  })
}
