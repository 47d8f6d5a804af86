import {type Kysely, sql} from 'kysely'
import type {Ids} from '../base/ids.ts'
import {PytakeError} from '../base/errors.ts'
import type {Database, Tx} from './database.ts'
import {dialects, type Engine, type Migration} from './migration.ts'

interface MigrationsTable {
  migrations: {name: string; applied_at: Date}
}

export interface MigrationReport {
  database: string
  applied: string[]
}

interface MigrateOptions {
  ids: Ids
  now: number
  /** Passed by just before the commit. */
  crash?: (point: 'migrate.before_commit') => void
}

/** Brings one database up to date; a schema newer than the program is refused before anything is touched. */
export async function migrate<S>(
  database: Database<S>,
  list: readonly Migration[],
  {ids, now, crash}: MigrateOptions,
): Promise<MigrationReport> {
  const target = database as unknown as Database<S & MigrationsTable>
  const known = await target.read((db) => namesIfAny(db, database.engine))
  refuseNewer(database.name, known, list)
  if (list.every((migration) => known.has(migration.name))) return {database: database.name, applied: []}
  const applied = await target.write(async (tx) => {
    await lockMigrator(tx)
    const done = await appliedNames(tx)
    refuseNewer(database.name, done, list)
    const missing = list.filter((migration) => !done.has(migration.name))
    for (const migration of missing) {
      for (const statement of migration.statements(dialects[tx.engine])) await sql.raw(statement).execute(tx.db)
      await tx.insert('migrations', [{name: migration.name, applied_at: new Date(now)}])
    }
    if (done.size === 0) await tx.insert('log_head' as never, [{id: 1, log_id: ids.next().slice(-12), seq: 0}])
    if (missing.length > 0) crash?.('migrate.before_commit')
    return missing.map((migration) => migration.name)
  })
  return {database: database.name, applied}
}

/**
 * Two processes that start together must not both migrate; SQLite's write lock is enough there. A large table may take
 * longer than a query of ours ever should.
 */
async function lockMigrator<S>(tx: Tx<S>): Promise<void> {
  if (tx.engine !== 'postgres') return
  await sql`SET LOCAL statement_timeout TO 0`.execute(tx.db)
  await sql`SELECT pg_advisory_xact_lock(hashtext(current_schema()))`.execute(tx.db)
}

/** Most openings find nothing to do, and should not queue for the write lock to learn it. */
async function namesIfAny<S>(db: Kysely<S>, engine: Engine): Promise<Set<string>> {
  const there =
    engine === 'sqlite'
      ? sql<{name: string | null}>`SELECT name FROM sqlite_master WHERE name = 'migrations'`
      : sql<{name: string | null}>`SELECT to_regclass('migrations')::text AS name`
  if (!(await there.execute(db)).rows[0]?.name) return new Set()
  const {rows} = await sql<{name: string}>`SELECT name FROM migrations`.execute(db)
  return new Set(rows.map((row) => row.name))
}

async function appliedNames<S>(tx: Tx<S & MigrationsTable>): Promise<Set<string>> {
  const {time} = dialects[tx.engine]
  await sql
    .raw(`CREATE TABLE IF NOT EXISTS migrations (name VARCHAR(100) PRIMARY KEY, applied_at ${time} NOT NULL)`)
    .execute(tx.db)
  const {rows} = await sql<{name: string}>`SELECT name FROM migrations`.execute(tx.db)
  return new Set(rows.map((row) => row.name))
}

function refuseNewer(database: string, done: ReadonlySet<string>, list: readonly Migration[]): void {
  const known = new Set(list.map((migration) => migration.name))
  const newer = [...done].filter((name) => !known.has(name))
  if (newer.length === 0) return
  throw new PytakeError('INTERNAL', `Database ${database} is newer than this program (it has ${newer.join(', ')}).`, {
    help: 'Install the newer pytake, or point PYTAKE_HOME or DATABASE_URL elsewhere.',
  })
}
