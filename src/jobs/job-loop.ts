import type {Clock} from '../base/clock.ts'
import type {Logger} from '../observability/logger.ts'
import {startTenantLoop, type TenantLoop} from './tenant-loop.ts'
import type {JobWorker} from './worker.ts'

/** Has a worker look at the tenants that are woken. */
export const startJobLoop = ({clock, log}: {clock: Clock; log: Logger}, worker: JobWorker): TenantLoop =>
  startTenantLoop({
    clock,
    log,
    name: 'jobs',
    async work(id) {
      await worker.look(id)
      return false
    },
  })
