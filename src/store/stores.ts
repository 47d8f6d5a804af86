import type {EventListener} from './database.ts'
import {assertKey, createVault, keyOfFolder, parseKey, sealCheck, type Vault} from './encryption.ts'
import {migrate, type MigrationReport} from './migrate.ts'
import type {Engine} from './migration.ts'
import {controlMigrations, tenantMigrations} from './migrations/list.ts'
import {openSqliteEngine} from './sqlite/engine.ts'
import type {ControlDb, Prepare, StorageEngine, StoreOptions, TenantDb} from './storage.ts'

export type {ControlDb, StoreOptions, TenantDb}

export interface Stores {
  readonly engine: Engine
  readonly control: ControlDb
  readonly vault: Vault
  tenant(id: string): TenantDb
  /** Migrates a tenant's database, making it when it is not there, and says what was done. Idempotent. */
  migrateTenant(id: string): Promise<MigrationReport>
  rehearseTenant(id: string): Promise<void>
  retireTenant(id: string): Promise<void>
  dropTenant(id: string): Promise<void>
  fingerprint(): Promise<string>
  /** Calls back after each commit of this process that appended events. Returns a function that stops it. */
  onEvents(listener: EventListener): () => void
  close(): Promise<void>
}

/** Opens the control database, migrates it, and checks the encryption key. Tenants open when they are used. */
export async function openStores(options: StoreOptions): Promise<Stores> {
  const engine = options.databaseUrl ? await openPostgres(options) : openSqliteEngine(options)
  const listeners = new Set<EventListener>()
  const onEvents: EventListener = (database, seq) => listeners.forEach((listener) => listener(database, seq))
  try {
    const control = await engine.control(onEvents)
    const at = () => ({ids: options.ids, now: options.clock.now()})
    await migrate(control, controlMigrations, at())
    const vault = createVault(options.encryptionKey ? parseKey(options.encryptionKey) : keyOfFolder(options.home))
    await checkKey(control, vault)
    return assemble({options, engine, control, vault, listeners, onEvents})
  } catch (error) {
    await engine.close()
    throw error
  }
}

/** Loaded when it is wanted: a command on SQLite does not pay for PostgreSQL's driver. */
async function openPostgres(options: StoreOptions): Promise<StorageEngine> {
  const {openPostgresEngine} = await import('./postgres/engine.ts')
  return openPostgresEngine(options)
}

interface Parts {
  options: StoreOptions
  engine: StorageEngine
  control: ControlDb
  vault: Vault
  listeners: Set<EventListener>
  onEvents: EventListener
}

function assemble({options, engine, control, vault, listeners, onEvents}: Parts): Stores {
  const tenants = new Map<string, TenantDb>()
  const at = () => ({ids: options.ids, now: options.clock.now()})
  const reports = new Map<string, MigrationReport>()
  const prepare: Prepare = async (database) => {
    const report = await migrate(database, tenantMigrations, at())
    if (report.applied.length > 0) reports.set(database.name, report)
  }
  const tenant = (id: string): TenantDb => {
    let database = tenants.get(id)
    if (!database) {
      database = engine.tenant(id, onEvents, prepare)
      tenants.set(id, database)
    }
    return database
  }
  return {
    engine: engine.engine,
    control,
    vault,
    tenant,
    async migrateTenant(id) {
      await tenant(id).read((db) => db.selectFrom('log_head').select('seq').execute())
      const report = reports.get(id) ?? {database: id, applied: []}
      reports.delete(id)
      return report
    },
    rehearseTenant: (id) =>
      engine.onCopy(tenant(id), async (copy) => void (await migrate(copy, tenantMigrations, at()))),
    async retireTenant(id) {
      const open = tenants.get(id)
      tenants.delete(id)
      await open?.close()
      await engine.retire(id)
    },
    dropTenant: (id) => engine.drop(id),
    fingerprint: () => engine.fingerprint(),
    onEvents(listener) {
      listeners.add(listener)
      return () => void listeners.delete(listener)
    },
    async close() {
      for (const database of tenants.values()) await database.close()
      await engine.close()
    },
  }
}

async function checkKey(control: ControlDb, vault: Vault): Promise<void> {
  const row = await control.read((db) =>
    db.selectFrom('meta').select('value').where('key', '=', 'key_check').executeTakeFirst(),
  )
  if (row) return assertKey(vault, row.value)
  await control.write(async (tx) => {
    await tx.insertNew('meta', ['key'], [{key: 'key_check', value: sealCheck(vault)}])
  })
}
