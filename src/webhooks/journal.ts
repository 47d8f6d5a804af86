import type {Selectable} from 'kysely'
import {notFound, PytakeError} from '../base/errors.ts'
import type {Tx} from '../store/database.ts'
import type {Inbox} from '../store/schema/messaging.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import type {TenantDb} from '../store/stores.ts'

export type InboxRow = Selectable<Inbox>

/** One stored webhook event. Throws `NOT_FOUND`. */
export async function findEntry(db: TenantDb, id: number): Promise<InboxRow> {
  const row = await db.read((q) => q.selectFrom('inbox').selectAll().where('id', '=', id).executeTakeFirst())
  if (!row) throw notFound(`Webhook ${id}`, 'pytake webhook list')
  return row
}

/** The body as it came, kept for 7 days; undefined after that. */
export async function rawOf(db: TenantDb, {raw_id: id}: InboxRow): Promise<string | undefined> {
  if (id === null) return undefined
  const row = await db.read((q) => q.selectFrom('raw_webhooks').select('body').where('id', '=', id).executeTakeFirst())
  return row?.body
}

/**
 * Makes a stored row pending again; nothing is inserted twice. Throws `CONFLICT` for a row that is done unless forced, and
 * for a failed turn after which a newer one of the same customer was committed.
 */
export async function replayEntry(
  tx: Tx<TenantSchema>,
  id: number,
  {force, now}: {force: boolean; now: number},
): Promise<void> {
  const query = tx.db.selectFrom('inbox').selectAll().where('id', '=', id)
  const row = await (tx.engine === 'postgres' ? query.forUpdate() : query).executeTakeFirst()
  if (!row) throw notFound(`Webhook ${id}`, 'pytake webhook list')
  if (row.state === 'pending') throw new PytakeError('CONFLICT', `Webhook ${id} is waiting to be handled already.`)
  if (row.state !== 'failed' && !force) {
    throw new PytakeError('CONFLICT', `Webhook ${id} is ${row.state}.`, {help: 'Add --force to run it once more.'})
  }
  if (row.state === 'failed') await refuseOvertaken(tx, row)
  await tx.update('inbox', ['id'], [{id, state: 'pending', error: null, due_at: null}])
  tx.emit({
    type: 'replayed',
    at: now,
    data: {config_id: row.config_id, webhook: id, kind: row.kind, was: row.state, forced: force},
  })
}

async function refuseOvertaken(tx: Tx<TenantSchema>, row: InboxRow): Promise<void> {
  if (row.kind !== 'message') return
  const newer = await tx.db
    .selectFrom('inbox')
    .select('id')
    .where('key', '=', row.key)
    .where('id', '>', row.id)
    .where('kind', '=', 'message')
    .where('state', '=', 'done')
    .limit(1)
    .executeTakeFirst()
  if (!newer) return
  throw new PytakeError(
    'CONFLICT',
    `The customer wrote again since (webhook ${newer.id}): an answer now would be late.`,
  )
}
