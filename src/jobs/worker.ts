import type {Clock} from '../base/clock.ts'
import {messageOf} from '../base/errors.ts'
import {type Holder, holderText, isGone} from '../base/holder.ts'
import type {Ids} from '../base/ids.ts'
import type {Logger} from '../observability/logger.ts'
import type {Stores, TenantDb} from '../store/stores.ts'
import type {ClaimedJob, JobHandlers, JobOutcome} from './job.ts'
import {claimJobs, finishJob, HEARTBEAT_MS, recoverJobs, renewJob} from './queue.ts'

const CONCURRENCY = 16
const RETRY_MS = 5000

interface Deps {
  stores: Stores
  clock: Clock
  ids: Ids
  log: Logger
  /** This process, for its tokens. */
  holder: Holder
  /** Passes a place where a process may die. */
  crash(this: void, point: 'job.claimed' | 'job.before_commit' | 'job.after_commit'): void
}

export interface JobWorker {
  /** Takes what is due in a tenant and begins to run it; resolves when it was taken. */
  look(tenantId: string): Promise<void>
  /** Waits until nothing is running; long jobs are told to stop and go on after the next start. */
  stop(): Promise<void>
}

export interface WorkerOptions {
  /** Called when a job wrote something others wait for. */
  onEffects: (tenantId: string) => void
  /** Jobs at a time, over all tenants. */
  concurrency?: number
  /** Kinds that another worker runs. */
  except?: readonly string[]
}

/** Runs jobs, a few at a time over all tenants. */
export function createJobWorker(deps: Deps, handlers: JobHandlers, options: WorkerOptions): JobWorker {
  const {onEffects, concurrency = CONCURRENCY, except = []} = options
  const running = new Set<Promise<void>>()
  const stopping = new AbortController()
  const kinds = Object.keys(handlers).filter((kind) => !except.includes(kind))
  const {holder} = deps
  const token = () => holderText({...holder, node: deps.ids.next().slice(-12)})
  /** Tenants looked at before. What a dead process of this machine was running is taken over at the first look. */
  const seen = new Set<string>()

  const begin = (db: TenantDb, job: ClaimedJob) => {
    const run = runJob(deps, handlers, {db, job, stopping: stopping.signal})
      .catch((error: unknown) =>
        deps.log.warn({job: job.id, kind: job.kind, error: messageOf(error)}, 'a job could not be ended'),
      )
      .then(() => onEffects(db.name))
    running.add(run)
    void run.finally(() => running.delete(run))
  }

  return {
    async look(tenantId) {
      const db = deps.stores.tenant(tenantId)
      const now = deps.clock.now()
      const first = !seen.has(tenantId)
      if (!first && !(await hasWork(db, kinds, now))) return
      const dead = (text: string) => first && isGone(text, holder)
      const lost = await recoverJobs(db, {kinds, now, token, dead})
      seen.add(tenantId)
      for (const job of lost) await tellLost(deps, handlers, db, job)
      const limit = concurrency - running.size
      if (limit <= 0 || stopping.signal.aborted) return
      const jobs = await claimJobs(db, {kinds, limit, now, token})
      if (jobs.length > 0) deps.crash('job.claimed')
      for (const job of jobs) begin(db, job)
    },
    async stop() {
      stopping.abort()
      await Promise.all(running)
    },
  }
}

/** Looking costs a read; claiming costs a write. */
async function hasWork(db: TenantDb, kinds: readonly string[], now: number): Promise<boolean> {
  const row = await db.read((q) =>
    q
      .selectFrom('jobs')
      .select('id')
      .where('kind', 'in', [...kinds])
      .where((e) =>
        e.or([
          e.and([e('state', '=', 'pending'), e('due_at', '<=', new Date(now))]),
          e.and([e('state', '=', 'running'), e('lease_until_at', '<', new Date(now))]),
        ]),
      )
      .limit(1)
      .executeTakeFirst(),
  )
  return row !== undefined
}

interface Run {
  db: TenantDb
  job: ClaimedJob
  stopping: AbortSignal
}

/** Runs one claimed job, keeping its claim alive, and writes its end. */
export async function runJob(
  deps: Omit<Deps, 'stores' | 'ids' | 'holder'>,
  handlers: JobHandlers,
  {db, job, stopping}: Run,
): Promise<JobOutcome> {
  const cancelled = new AbortController()
  const signal = AbortSignal.any([stopping, cancelled.signal])
  const over = new AbortController()
  void heartbeat(deps, {db, job, over: over.signal, lost: () => cancelled.abort()})
  const outcome = await outcomeOf(handlers, {
    db,
    job,
    signal,
    progress: async (value) => void ((await renewJob(db, job, deps.clock.now(), value)) || cancelled.abort()),
  })
  over.abort()
  deps.crash('job.before_commit')
  await finishJob(db, job, outcome, deps.clock.now())
  deps.crash('job.after_commit')
  return outcome
}

async function outcomeOf(
  handlers: JobHandlers,
  context: Parameters<JobHandlers[string]['run']>[0],
): Promise<JobOutcome> {
  const handler = handlers[context.job.kind]
  if (!handler) return {failed: `Nobody runs jobs of kind ${context.job.kind}.`}
  try {
    return await handler.run(context)
  } catch (error) {
    if (context.signal.aborted) return {retryInMs: 0, error: 'The process stopped.'}
    return {retryInMs: RETRY_MS * 2 ** (context.job.attempts - 1), error: messageOf(error)}
  }
}

interface Beat {
  db: TenantDb
  job: ClaimedJob
  over: AbortSignal
  lost: () => void
}

async function heartbeat({clock, log}: Pick<Deps, 'clock' | 'log'>, {db, job, over, lost}: Beat): Promise<void> {
  for (;;) {
    await clock.sleep(HEARTBEAT_MS, over)
    if (over.aborted) return
    try {
      if (!(await renewJob(db, job, clock.now()))) return lost()
    } catch (error) {
      log.warn({job: job.id, error: messageOf(error)}, 'a claim could not be renewed')
    }
  }
}

async function tellLost({clock}: Deps, handlers: JobHandlers, db: TenantDb, job: ClaimedJob): Promise<void> {
  const commit = await handlers[job.kind]?.lost?.({db, job})
  await finishJob(db, job, {failed: 'The process that ran it stopped before the end.', commit}, clock.now())
}
