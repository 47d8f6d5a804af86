import type {Tx} from '../store/database.ts'
import {inList} from '../store/in-list.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'

const REASON = 'This database was copied; the other copy may have sent it.'

/**
 * What was not final when a database was copied: it becomes `unknown`, because the other copy may have sent it, or is
 * queued again when a person says so. What was queued here since the copy was seen to be one (`copiedAt`)
 * exists nowhere else and stays queued. Answers how many were settled.
 */
export async function settleCopied(
  tx: Tx<TenantSchema>,
  {resend, now, copiedAt}: {resend: boolean; now: number; copiedAt?: number},
): Promise<number> {
  const query = tx.db
    .updateTable('outbox')
    .set(
      resend
        ? {state: 'queued', attempt_id: null, epoch: null, reason: null, due_at: new Date(now)}
        : {state: 'unknown', reason: REASON},
    )
    .where('state', 'in', ['queued', 'claimed', 'sending'])
  const older = copiedAt === undefined ? query : query.where('created_at', '<', new Date(copiedAt))
  const rows = await older.returning(['id', 'config_id']).execute()
  const ids = rows.map(({id}) => id)
  if (ids.length === 0) return 0
  await tx.db
    .updateTable('messages')
    .set(
      resend
        ? {status: 'queued', status_at: new Date(now)}
        : {status: 'unknown', error_message: REASON, status_at: new Date(now)},
    )
    .where(inList(tx.engine, 'id', ids))
    .execute()
  if (!resend) tx.emit({type: 'message_unknown', at: now, data: {count: ids.length, error: REASON}})
  return ids.length
}
