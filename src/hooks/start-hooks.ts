import type {Holder} from '../base/holder.ts'
import {startJobLoop} from '../jobs/job-loop.ts'
import {startTenantLoop} from '../jobs/tenant-loop.ts'
import {createJobWorker} from '../jobs/worker.ts'
import type {Runtime} from '../runtime/runtime.ts'
import {isRunning, type TenantCache} from '../tenants/tenant-cache.ts'
import {hookDeliverHandler} from './deliver.ts'
import {HOOK_DELIVER} from './due.ts'
import {planHooks} from './plan.ts'
import {createHookWatch} from './watch.ts'

/** Hooks that are told at the same time, over all tenants. */
const AT_ONCE = 64

export interface HooksOptions {
  tenants: TenantCache
  armed: () => boolean
  /** This process. */
  holder: Holder
  /** Something was written in this tenant. */
  touched: (tenantId: string) => void
  /** This process delivers; otherwise it tells the one that does. */
  isHere: boolean
}

/**
 * What happened is told to hooks as soon as it is committed. By a worker of their own: receivers are slow or away, and
 * the calls of flows must not wait behind them.
 */
export function startHooks(runtime: Runtime, {tenants, armed, holder, touched, isHere}: HooksOptions) {
  const {clock, log, hints, stores} = runtime
  const watch = createHookWatch(runtime)
  const wake = (id: string) => {
    touched(id)
    if (loop) loop.wake(id)
    else void hints.announce(id)
  }
  const handlers = {[HOOK_DELIVER]: hookDeliverHandler(runtime)}
  const worker = isHere
    ? createJobWorker({...runtime, holder}, handlers, {onEffects: wake, concurrency: AT_ONCE})
    : undefined
  const jobs = worker && startJobLoop(runtime, worker)
  const loop =
    jobs &&
    startTenantLoop({
      clock,
      log,
      name: 'hooks',
      async work(id) {
        watch.forget(id)
        if (!armed() || !isRunning(await tenants.get(id)) || !(await watch.hasHooks(id))) return false
        if (await planHooks(runtime, stores.tenant(id))) jobs.wake(id)
        return false
      },
    })
  const stopListening = stores.onEvents((database) => {
    if (database !== stores.control.name) void watch.hasHooks(database).then((has) => has && wake(database))
  })
  return {
    loops: [loop, jobs],
    async stop() {
      stopListening()
      await loop?.stop()
      await jobs?.stop()
      await worker?.stop()
    },
  }
}
