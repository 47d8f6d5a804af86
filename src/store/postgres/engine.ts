import type pg from 'pg'
import type {Prepare, StorageEngine, StoreOptions} from '../storage.ts'
import type {ControlSchema} from '../schema/control.ts'
import type {TenantSchema} from '../schema/tenant.ts'
import {translate} from '../unavailable.ts'
import {LazyDatabase} from '../lazy-database.ts'
import {onScratchCopy} from './copy.ts'
import {PostgresDatabase} from './database.ts'
import {openPool, type PoolOptions} from './pool.ts'
import {openRoles} from './roles.ts'

const CONTROL = 'pytake_control'
const schemaOf = (id: string) => `tenant_${id.replaceAll('-', '')}`
const retiredOf = (id: string) => `removed_${id.replaceAll('-', '')}`

/** Schemas of one database: `pytake_control` and `tenant_<id>`; removed ones are renamed and wait. */
export async function openPostgresEngine(options: StoreOptions): Promise<StorageEngine> {
  const {clock, log} = options
  const pool = await translated(openPool(poolOptions(options)))
  const roles = await translated(openRoles(pool, log)).catch(async (error: unknown) => {
    await pool.end()
    throw error
  })
  const run = (text: string) => translated(pool.query<Record<string, unknown>>(text))
  /** Two processes that make the same schema at once: the loser finds it there. */
  const makeSchema = (name: string) =>
    run(`SELECT pg_advisory_xact_lock(hashtext('${name}')); CREATE SCHEMA IF NOT EXISTS "${name}"`)

  return {
    engine: 'postgres',
    async control(onEvents, prepare) {
      await makeSchema(CONTROL)
      const control = new PostgresDatabase<ControlSchema>({pool, schema: CONTROL, name: 'control', onEvents})
      await prepare(control)
      await translated(control.months.make(clock.now()))
      return control
    },
    tenant: (id, onEvents, prepare) =>
      new LazyDatabase({
        engine: 'postgres',
        name: id,
        byMonth: true,
        open: async () => {
          const schema = schemaOf(id)
          await makeSchema(schema)
          await prepareTenant(pool, {id, schema, prepare, now: clock.now()})
          const role = await translated(roles.ensure(schema, id))
          return new PostgresDatabase<TenantSchema>({pool, schema, name: id, role, onEvents})
        },
        touched: () => undefined,
      }),
    async retire(id) {
      const {rows} = await run(`SELECT 1 FROM pg_namespace WHERE nspname = '${schemaOf(id)}'`)
      if (rows.length > 0) await run(`ALTER SCHEMA "${schemaOf(id)}" RENAME TO "${retiredOf(id)}"`)
      await translated(roles.drop(retiredOf(id), id))
    },
    async drop(id) {
      await run(`DROP SCHEMA IF EXISTS "${retiredOf(id)}" CASCADE`)
      await translated(roles.drop(retiredOf(id), id))
    },
    async fingerprint() {
      const {rows} = await run(
        `SELECT (SELECT system_identifier FROM pg_control_system())::text || ':' ||
                (SELECT oid FROM pg_database WHERE datname = current_database())::text AS id`,
      )
      return `postgres:${String(rows[0]?.id)}`
    },
    onCopy(name, rehearse) {
      const schema = name === 'control' ? CONTROL : schemaOf(name)
      return translated(onScratchCopy(pool, {schema, name}, rehearse))
    },
    close: () => pool.end(),
  }
}

const poolOptions = ({databaseUrl = '', databaseMax, databaseMin, allowUnsafeDatabase}: StoreOptions): PoolOptions => ({
  url: databaseUrl,
  max: databaseMax,
  min: Math.min(databaseMin, databaseMax),
  allowUnsafe: allowUnsafeDatabase,
})

interface ToPrepare {
  id: string
  schema: string
  prepare: Prepare<TenantSchema>
  now: number
}

/** Tables belong to the connecting user, who alone may change them. */
async function prepareTenant(pool: pg.Pool, {id, schema, prepare, now}: ToPrepare): Promise<void> {
  const owned = new PostgresDatabase<TenantSchema>({pool, schema, name: id})
  await prepare(owned)
  await translated(owned.months.make(now))
}

const translated = <T>(work: Promise<T>): Promise<T> =>
  work.catch((error: unknown) => {
    throw translate(error)
  })
