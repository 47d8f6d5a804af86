import {channels} from '../channels/registry.ts'
import {findJob} from '../jobs/cancel.ts'
import {claimJobs} from '../jobs/queue.ts'
import {runJob} from '../jobs/worker.ts'
import type {Runtime} from '../runtime/runtime.ts'
import {jobHandlers} from './job-handlers.ts'
import {type Job, presentJob} from './jobs.ts'
import {operator} from './principal.ts'
import {resolveTenant} from './tenant-of.ts'

export interface Here {
  osUser: string
  tenant?: string
}

/** Runs a job in this process, for a command that started it where no server is there to. */
export async function runJobHere(runtime: Runtime, {osUser, tenant}: Here, id: string): Promise<Job> {
  const row = await resolveTenant(runtime, operator(osUser), tenant)
  const db = runtime.stores.tenant(row.id)
  const handlers = jobHandlers(runtime, channels)
  const token = () => runtime.ids.next()
  const kinds = Object.keys(handlers)
  const [job] = await claimJobs(db, {kinds, id, limit: 1, now: runtime.clock.now(), token})
  if (job) await runJob(runtime, handlers, {db, job, stopping: new AbortController().signal})
  return presentJob(await findJob(db, id))
}
