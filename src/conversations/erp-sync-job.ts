import type {ConnectionRow} from '../erp/connections.ts'
import {jobRow} from '../jobs/queue.ts'
import type {Runtime} from '../runtime/runtime.ts'
import type {TenantTx} from './load.ts'

/** Name of the job that brings customers and invoices of an ERP into contacts. */
export const ERP_SYNC = 'erp.sync'
const ATTEMPTS = 5

type Deps = Pick<Runtime, 'ids' | 'clock'>

interface Plan {
  dueAt: number
  createdBy: string
}

const keyOf = (connectionId: string) => `${ERP_SYNC} ${connectionId}`

/** Plans the next sync of a connection, or moves the one that waits forward; one that runs is left alone. */
export async function planSync(
  {ids, clock}: Deps,
  tx: TenantTx,
  id: string,
  {dueAt, createdBy}: Plan,
): Promise<string> {
  const now = clock.now()
  const waiting = await tx.db
    .selectFrom('jobs')
    .select(['id', 'state', 'due_at'])
    .where('job_key', '=', keyOf(id))
    .where('state', 'in', ['pending', 'running'])
    .executeTakeFirst()
  if (waiting) {
    if (waiting.state === 'pending' && waiting.due_at.getTime() > dueAt)
      await tx.update('jobs', ['id'], [{id: waiting.id, due_at: new Date(dueAt), updated_at: new Date(now)}])
    return waiting.id
  }
  const jobId = ids.next()
  const job = {id: jobId, kind: ERP_SYNC, key: keyOf(id), payload: {connection: id}, createdBy, now, dueAt}
  await tx.insert('jobs', [jobRow({...job, maxAttempts: ATTEMPTS})])
  return jobId
}

/** Takes the planned sync away when it was switched off. */
export async function unplanSync({clock}: Pick<Runtime, 'clock'>, tx: TenantTx, id: string): Promise<void> {
  await tx.db
    .updateTable('jobs')
    .set({state: 'cancelled', updated_at: new Date(clock.now())})
    .where('job_key', '=', keyOf(id))
    .where('state', '=', 'pending')
    .execute()
}

/** What comes after a sync that is over: the next one, while the connection still wants it. */
export async function planNext(deps: Deps, tx: TenantTx, {id}: Pick<ConnectionRow, 'id'>): Promise<void> {
  const row = await tx.db
    .selectFrom('erp_connections')
    .select(['sync_enabled', 'sync_interval'])
    .where('id', '=', id)
    .executeTakeFirst()
  if (!row?.sync_enabled) return
  await planSync(deps, tx, id, {dueAt: deps.clock.now() + row.sync_interval * 1000, createdBy: 'schedule'})
}
