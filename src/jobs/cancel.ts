import type {Selectable} from 'kysely'
import {notFound, PytakeError} from '../base/errors.ts'
import {isUuid} from '../base/ids.ts'
import type {Jobs} from '../store/schema/tenant.ts'
import type {TenantDb} from '../store/stores.ts'
import type {ClaimedJob, JobHandlers} from './job.ts'

export type JobRow = Selectable<Jobs>

/** Throws `NOT_FOUND`. */
export async function findJob(db: TenantDb, id: string): Promise<JobRow> {
  const row = isUuid(id)
    ? await db.read((q) => q.selectFrom('jobs').selectAll().where('id', '=', id).executeTakeFirst())
    : undefined
  if (!row) throw notFound(`Job "${id}"`, 'pytake job list')
  return row
}

/**
 * Ends a job before its end; whoever runs it stops at the next heartbeat, and what it would have written is refused.
 * Those who wait for it are told in the same commit. Throws `CONFLICT` when it is over.
 */
export async function cancelJob(db: TenantDb, handlers: JobHandlers, row: JobRow, now: number): Promise<void> {
  const job: ClaimedJob = {
    id: row.id,
    kind: row.kind,
    payload: row.payload ?? {},
    attempts: row.attempts,
    maxAttempts: row.max_attempts,
    createdBy: row.created_by,
    token: row.token ?? '',
  }
  const tell = await handlers[row.kind]?.lost?.({db, job})
  await db.write(async (tx) => {
    const {numUpdatedRows} = await tx.db
      .updateTable('jobs')
      .set({state: 'cancelled', token: null, lease_until_at: null, updated_at: new Date(now)})
      .where('id', '=', row.id)
      .where('state', 'in', ['pending', 'running'])
      .executeTakeFirst()
    if (numUpdatedRows === 0n) throw new PytakeError('CONFLICT', 'The job is over already.')
    await tell?.(tx)
  })
}
