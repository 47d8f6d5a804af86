import type {Tx} from '../store/database.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import type {TenantDb} from '../store/stores.ts'

type TenantTx = Tx<TenantSchema>

/** A job that this process runs now. It stays ours for as long as the token in its row is ours. */
export interface ClaimedJob {
  id: string
  kind: string
  payload: Record<string, unknown>
  /** This one counted. */
  attempts: number
  maxAttempts: number
  createdBy: string
  token: string
}

export interface JobContext {
  db: TenantDb
  job: ClaimedJob
  /** Aborts when the process shuts down or the job was cancelled. */
  signal: AbortSignal
  /** Shows how far a long job is. */
  progress: (value: Record<string, unknown>) => Promise<void>
}

/** How a run ended. `commit` is written in the same transaction as the end of the job, so both happen or neither. */
export type JobOutcome =
  | {done: Record<string, unknown> | null; commit?: (tx: TenantTx) => Promise<void>}
  | {retryInMs: number; error: string}
  | {failed: string; commit?: (tx: TenantTx) => Promise<void>}

export interface JobHandler {
  run(context: JobContext): Promise<JobOutcome>
  /** The process died in the last attempt that was allowed: what to tell those who wait for the job. */
  lost?(context: Pick<JobContext, 'db' | 'job'>): Promise<(tx: TenantTx) => Promise<void>>
}

/** The job table: every kind of job and who runs it. */
export type JobHandlers = Readonly<Record<string, JobHandler>>
