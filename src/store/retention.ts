import {type RawBuilder, sql} from 'kysely'
import type {Database} from './database.ts'
import {logHead} from './event-log.ts'
import type {EventRow, LogHead} from './schema/control.ts'

const BATCH = 1000

interface Old {
  table: string
  key: string
  time: string
  where?: string
}

/**
 * Deletes rows older than `before`: whole months at once where a table has such, the rest in short transactions, so that
 * writers never wait long. `table`, `key` and `where` are written by us, never by users. Returns how many rows were
 * deleted one by one.
 */
export async function deleteOld<S>(database: Database<S>, old: Old, before: number): Promise<number> {
  const {table, key, time, where} = old
  await database.months?.drop(table, before)
  const rest = where ? sql.raw(` AND ${where}`) : sql.raw('')
  return inBatches(
    database,
    sql`DELETE FROM ${sql.table(table)} WHERE ${sql.ref(key)} IN
      (SELECT ${sql.ref(key)} FROM ${sql.table(table)} WHERE ${sql.ref(time)} < ${new Date(before)}${rest} LIMIT ${BATCH})`,
  )
}

/**
 * Deletes events older than `before`, in the order of their numbers and only up to the first that is young enough: what
 * is kept of a log has no holes, whatever the clocks of its writers said, so a cursor is either good or refused.
 */
export async function deleteOldEvents<S>(database: Database<S>, before: number): Promise<number> {
  const db = database as unknown as Database<{events: EventRow; log_head: LogHead}>
  // Read before the rest, so that what is appended meanwhile lies beyond it.
  const head = await logHead(db)
  const first = await db.read((q) =>
    q
      .selectFrom('events')
      .select((e) => e.fn.min('seq').as('seq'))
      .where('created_at', '>=', new Date(before))
      .executeTakeFirst(),
  )
  const end = first?.seq == null ? head.seq + 1 : Number(first.seq)
  await db.months?.drop('events', before, {key: 'seq', from: end})
  return inBatches(
    db,
    sql`DELETE FROM events WHERE seq IN (SELECT seq FROM events WHERE seq < ${end} ORDER BY seq LIMIT ${BATCH})`,
  )
}

async function inBatches<S>(database: Database<S>, statement: RawBuilder<unknown>): Promise<number> {
  let total = 0
  for (;;) {
    const {numAffectedRows} = await database.write((tx) => statement.execute(tx.db))
    const deleted = Number(numAffectedRows ?? 0)
    total += deleted
    if (deleted < BATCH) return total
  }
}
