import {sql} from 'kysely'
import type {Database} from './database.ts'

const BATCH = 1000

/**
 * Deletes rows older than `before` in short transactions, so that writers never wait long. `table`, `key` and `where`
 * are written by us, never by users. Returns how many went.
 */
export async function deleteOld<S>(
  database: Database<S>,
  {table, key, time, where}: {table: string; key: string; time: string; where?: string},
  before: number,
): Promise<number> {
  let total = 0
  for (;;) {
    const deleted = await database.write(async (tx) => {
      const rest = where ? sql.raw(` AND ${where}`) : sql.raw('')
      const result = await sql`DELETE FROM ${sql.table(table)} WHERE ${sql.ref(key)} IN
        (SELECT ${sql.ref(key)} FROM ${sql.table(table)} WHERE ${sql.ref(time)} < ${new Date(before)}${rest} LIMIT ${BATCH})`.execute(
        tx.db,
      )
      return Number(result.numAffectedRows ?? 0)
    })
    total += deleted
    if (deleted < BATCH) return total
  }
}
