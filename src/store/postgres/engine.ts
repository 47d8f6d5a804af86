import type {Database} from '../database.ts'
import type {ControlSchema} from '../schema/control.ts'
import type {TenantSchema} from '../schema/tenant.ts'
import type {StorageEngine, StoreOptions} from '../storage.ts'
import {translate} from '../unavailable.ts'
import {LazyDatabase} from '../lazy-database.ts'
import {PostgresDatabase} from './database.ts'
import {openPool} from './pool.ts'

const CONTROL = 'pytake_control'
const schemaOf = (id: string) => `tenant_${id.replaceAll('-', '')}`
const retiredOf = (id: string) => `removed_${id.replaceAll('-', '')}`

/** Schemas of one database: `pytake_control` and `tenant_<id>`; removed ones are renamed and wait. */
export async function openPostgresEngine(options: StoreOptions): Promise<StorageEngine> {
  const pool = await openPool({
    url: options.databaseUrl ?? '',
    max: options.databaseMax,
    min: Math.min(options.databaseMin, options.databaseMax),
    allowUnsafe: options.allowUnsafeDatabase,
  }).catch((error: unknown) => {
    throw translate(error)
  })
  const run = async (text: string) => {
    try {
      return await pool.query<Record<string, unknown>>(text)
    } catch (error) {
      throw translate(error)
    }
  }
  /** Two processes that make the same schema at once: the loser finds it there. */
  const makeSchema = (name: string) =>
    run(`SELECT pg_advisory_xact_lock(hashtext('${name}')); CREATE SCHEMA IF NOT EXISTS "${name}"`)

  return {
    engine: 'postgres',
    async control(onEvents) {
      await makeSchema(CONTROL)
      return new PostgresDatabase<ControlSchema>({pool, schema: CONTROL, name: 'control', onEvents})
    },
    tenant: (id, onEvents, prepare) =>
      new LazyDatabase({
        engine: 'postgres',
        name: id,
        open: async () => {
          await makeSchema(schemaOf(id))
          const opened = new PostgresDatabase<TenantSchema>({pool, schema: schemaOf(id), name: id, onEvents})
          await prepare(opened)
          return opened
        },
        touched: () => undefined,
      }),
    async retire(id) {
      const {rows} = await run(`SELECT 1 FROM pg_namespace WHERE nspname = '${schemaOf(id)}'`)
      if (rows.length > 0) await run(`ALTER SCHEMA "${schemaOf(id)}" RENAME TO "${retiredOf(id)}"`)
    },
    drop: async (id) => void (await run(`DROP SCHEMA IF EXISTS "${retiredOf(id)}" CASCADE`)),
    async fingerprint() {
      const {rows} = await run(
        `SELECT (SELECT system_identifier FROM pg_control_system())::text || ':' ||
                (SELECT oid FROM pg_database WHERE datname = current_database())::text AS id`,
      )
      return `postgres:${String(rows[0]?.id)}`
    },
    async onCopy<S>(database: Database<S>, rehearse: (copy: Database<S>) => Promise<void>) {
      const scratch = `rehearsal_${database.name.replaceAll('-', '')}`
      await run(`DROP SCHEMA IF EXISTS "${scratch}" CASCADE; CREATE SCHEMA "${scratch}"`)
      try {
        await rehearse(new PostgresDatabase<S>({pool, schema: scratch, name: database.name}))
      } finally {
        await run(`DROP SCHEMA IF EXISTS "${scratch}" CASCADE`)
      }
    },
    close: () => pool.end(),
  }
}
