import {type Kysely, sql} from 'kysely'
import {toJson} from '../store/columns.ts'
import type {Row, Tx} from '../store/database.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import type {TenantDb} from '../store/stores.ts'
import type {ClaimedJob, JobOutcome} from './job.ts'

type TenantTx = Tx<TenantSchema>

/** A claim ends by itself when its process stops renewing it. */
export const LEASE_MS = 20_000
export const HEARTBEAT_MS = 5_000

export interface NewJob {
  id: string
  kind: string
  payload: Record<string, unknown>
  /** At most one unfinished job has a given key. */
  key?: string
  createdBy: string
  /** Milliseconds. */
  now: number
  dueAt?: number
  maxAttempts?: number
}

export function jobRow(job: NewJob): Row {
  const now = new Date(job.now)
  return {
    id: job.id,
    kind: job.kind,
    job_key: job.key ?? null,
    payload: toJson(job.payload),
    state: 'pending',
    attempts: 0,
    max_attempts: job.maxAttempts ?? 1,
    created_by: job.createdBy.slice(0, 255),
    due_at: new Date(job.dueAt ?? job.now),
    created_at: now,
    updated_at: now,
  }
}

/** When a job is due, or the claim of one that runs is over; null when there is none. */
export async function jobsDue(q: Kysely<TenantSchema>): Promise<number | null> {
  const {rows} = await sql<{due_at: Date | null; lease_until_at: Date | null}>`SELECT
    (SELECT min(due_at) FROM jobs WHERE state = 'pending') AS due_at,
    (SELECT min(lease_until_at) FROM jobs WHERE state = 'running') AS lease_until_at`.execute(q)
  const times = [rows[0]?.due_at, rows[0]?.lease_until_at].flatMap((at) => (at ? [at.getTime()] : []))
  return times.length > 0 ? Math.min(...times) : null
}

interface ClaimOptions {
  kinds: readonly string[]
  /** Only this one. */
  id?: string
  limit: number
  now: number
  token: () => string
}

/** Takes jobs that are due. Each gets a token; only its holder may finish it. */
export async function claimJobs(db: TenantDb, {kinds, id, limit, now, token}: ClaimOptions): Promise<ClaimedJob[]> {
  return db.write(async (tx) => {
    const pending = tx.db
      .selectFrom('jobs')
      .selectAll()
      .where(sql<boolean>`state = 'pending'`)
      .where('due_at', '<=', new Date(now))
      .where('kind', 'in', [...kinds])
      .orderBy('due_at')
      .limit(limit)
    const query = id === undefined ? pending : pending.where('id', '=', id)
    const rows = await (tx.engine === 'postgres' ? query.forUpdate().skipLocked() : query).execute()
    const claimed = rows.map((row): ClaimedJob => ({
      id: row.id,
      kind: row.kind,
      payload: row.payload ?? {},
      attempts: row.attempts + 1,
      maxAttempts: row.max_attempts,
      createdBy: row.created_by,
      token: token(),
    }))
    const lease = new Date(now + LEASE_MS)
    const at = new Date(now)
    await tx.update(
      'jobs',
      ['id'],
      claimed.map((job) => ({
        id: job.id,
        state: 'running',
        attempts: job.attempts,
        token: job.token,
        lease_until_at: lease,
        updated_at: at,
      })),
    )
    return claimed
  })
}

/** Ends a run together with its effects. False when the claim was lost: then nothing was written. */
export async function finishJob(db: TenantDb, job: ClaimedJob, outcome: JobOutcome, now: number): Promise<boolean> {
  return db.write(async (tx) => {
    const ended = await tx.db
      .updateTable('jobs')
      .set({...columnsOf(job, outcome, now), token: null, lease_until_at: null, updated_at: new Date(now)})
      .where('id', '=', job.id)
      .where('token', '=', job.token)
      .where('state', '=', 'running')
      .executeTakeFirst()
    if (ended.numUpdatedRows === 0n) return false
    if ('commit' in outcome) await outcome.commit?.(tx)
    return true
  })
}

function columnsOf(job: ClaimedJob, outcome: JobOutcome, now: number) {
  if ('done' in outcome) return {state: 'done', result: toJson(outcome.done), error: null}
  if ('failed' in outcome) return {state: 'failed', error: outcome.failed}
  return job.attempts >= job.maxAttempts
    ? {state: 'failed', error: outcome.error}
    : {state: 'pending', due_at: new Date(now + outcome.retryInMs), error: outcome.error}
}

/** Renews a claim; false when it was lost or the job was cancelled. */
export async function renewJob(
  db: TenantDb,
  job: ClaimedJob,
  now: number,
  progress?: Record<string, unknown>,
): Promise<boolean> {
  return db.write(async (tx) => {
    const renewed = await tx.db
      .updateTable('jobs')
      .set({
        lease_until_at: new Date(now + LEASE_MS),
        updated_at: new Date(now),
        ...(progress ? {progress: toJson(progress)} : {}),
      })
      .where('id', '=', job.id)
      .where('token', '=', job.token)
      .where('state', '=', 'running')
      .executeTakeFirst()
    return renewed.numUpdatedRows > 0n
  })
}

interface RecoverOptions {
  kinds: readonly string[]
  now: number
  token: () => string
  dead: (token: string) => boolean
}

/** Jobs whose process died: those that may run again are due again; the others are given to `lost`. */
export async function recoverJobs(db: TenantDb, {kinds, now, token, dead}: RecoverOptions): Promise<ClaimedJob[]> {
  return db.write(async (tx: TenantTx) => {
    const running = await tx.db
      .selectFrom('jobs')
      .selectAll()
      .where(sql<boolean>`state = 'running'`)
      .where('kind', 'in', [...kinds])
      .execute()
    const rows = running.filter(
      (row) => (row.lease_until_at?.getTime() ?? 0) < now || (row.token !== null && dead(row.token)),
    )
    const again = rows.filter((row) => row.attempts < row.max_attempts)
    await tx.update(
      'jobs',
      ['id'],
      again.map((row) => ({id: row.id, state: 'pending', token: null, due_at: new Date(now)})),
    )
    const lost = rows.filter((row) => row.attempts >= row.max_attempts)
    const claimed = lost.map((row): ClaimedJob => ({
      id: row.id,
      kind: row.kind,
      payload: row.payload ?? {},
      attempts: row.attempts,
      maxAttempts: row.max_attempts,
      createdBy: row.created_by,
      token: token(),
    }))
    await tx.update(
      'jobs',
      ['id'],
      claimed.map((job) => ({id: job.id, token: job.token, lease_until_at: new Date(now + LEASE_MS)})),
    )
    return claimed
  })
}
