import {type Kysely, sql} from 'kysely'
import type {Tx} from './database.ts'
import {prepared} from './prepared.ts'

/**
 * Locks of one tenant's database that end with the transaction. SQLite's write transaction is such a lock already;
 * PostgreSQL gets an advisory one, named after the tenant's schema.
 */
export async function tryLock<S>(tx: Tx<S>, name: string): Promise<boolean> {
  if (tx.engine === 'sqlite') return true
  const {rows} = await tryNamed({db: tx.db as Kysely<unknown>, engine: tx.engine}, {name: ` ${name}`})
  return rows[0]?.taken ?? false
}

/** Prepared, so that what is given together with it comes after it. */
const tryNamed = prepared<unknown, {name: string}, {taken: boolean}>((db, {name}) =>
  sql<{taken: boolean}>`SELECT pg_try_advisory_xact_lock(hashtext(current_schema() || ${name})) AS taken`.compile(db),
)

/** Waits for it, as long as `lock_timeout` allows. Many may hold it `shared`, and nobody else then. */
export async function takeLock<S>(tx: Tx<S>, name: string, {shared = false} = {}): Promise<void> {
  if (tx.engine === 'sqlite') return
  const key = sql`hashtext(current_schema() || ${` ${name}`})`
  const take = shared ? sql`SELECT pg_advisory_xact_lock_shared(${key})` : sql`SELECT pg_advisory_xact_lock(${key})`
  await take.execute(tx.db)
}
