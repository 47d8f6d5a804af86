import {counted} from './counted.ts'
import type {EventListener} from './database.ts'
import {assertKey, createVault, keyOfFolder, parseKey, sealCheck, type Vault} from './encryption.ts'
import {migrate, type MigrationReport} from './migrate.ts'
import type {Engine} from './migration.ts'
import {controlMigrations, tenantMigrations} from './migrations/list.ts'
import {openSqliteEngine} from './sqlite/engine.ts'
import type {TenantSchema} from './schema/tenant.ts'
import type {ControlDb, MigrationLists, Prepare, StorageEngine, StoreOptions, TenantDb} from './storage.ts'

export type {ControlDb, StoreOptions, TenantDb}

export interface Stores {
  readonly engine: Engine
  readonly control: ControlDb
  /** Transactions of this process in control. What was read at another count may have changed. */
  controlCommits(): number
  readonly vault: Vault
  /** What opening did to the control database. */
  readonly controlMigrated: MigrationReport
  tenant(id: string): TenantDb
  /** Migrates a tenant's database, making it when it is not there, and says what was done. Idempotent. */
  migrateTenant(id: string): Promise<MigrationReport>
  retireTenant(id: string): Promise<void>
  dropTenant(id: string): Promise<void>
  fingerprint(): Promise<string>
  /** Calls back after each commit of this process that appended events. Returns a function that stops it. */
  onEvents(listener: EventListener): () => void
  close(): Promise<void>
}

/** Opens the control database, migrates it, and checks the encryption key. Tenants open when they are used. */
export async function openStores(options: StoreOptions): Promise<Stores> {
  const engine = await openEngine(options)
  const listeners = new Set<EventListener>()
  const onEvents: EventListener = (database, seq) => listeners.forEach((listener) => listener(database, seq))
  try {
    let controlMigrated: MigrationReport = {database: 'control', applied: []}
    const control = await engine.control(onEvents, async (database) => {
      controlMigrated = await migrate(database, listsOf(options).control, migrateOptions(options))
    })
    const vault = createVault(options.encryptionKey ? parseKey(options.encryptionKey) : keyOfFolder(options.home))
    await checkKey(control, vault)
    return assemble({options, engine, control, controlMigrated, vault, listeners, onEvents})
  } catch (error) {
    await engine.close()
    throw error
  }
}

const own: MigrationLists = {control: controlMigrations, tenant: tenantMigrations}
const listsOf = ({migrations = own}: StoreOptions) => migrations
const migrateOptions = ({ids, clock, crash}: StoreOptions) => ({ids, now: clock.now(), crash})

/** PostgreSQL's driver is loaded when it is wanted: a command on SQLite does not pay for it. */
async function openEngine(options: StoreOptions): Promise<StorageEngine> {
  if (!options.databaseUrl) return openSqliteEngine(options)
  const {openPostgresEngine} = await import('./postgres/engine.ts')
  return openPostgresEngine(options)
}

/** Tries migrations on copies. Nothing is migrated, made or written where the data is. */
export interface Rehearsal {
  /** Migrates a copy of the control database, and shows it. */
  control<T>(look: (copy: ControlDb) => Promise<T>): Promise<{report: MigrationReport; seen: T}>
  tenant(id: string): Promise<MigrationReport>
  close(): Promise<void>
}

export async function openRehearsal(options: StoreOptions): Promise<Rehearsal> {
  const engine = await openEngine(options)
  const lists = listsOf(options)
  return {
    control: (look) =>
      engine.onCopy('control', async (copy: ControlDb) => {
        const report = await migrate(copy, lists.control, migrateOptions(options))
        return {report, seen: await look(copy)}
      }),
    tenant: (id) => engine.onCopy(id, (copy: TenantDb) => migrate(copy, lists.tenant, migrateOptions(options))),
    close: () => engine.close(),
  }
}

interface Parts {
  options: StoreOptions
  engine: StorageEngine
  control: ControlDb
  controlMigrated: MigrationReport
  vault: Vault
  listeners: Set<EventListener>
  onEvents: EventListener
}

function assemble({options, engine, control, controlMigrated, vault, listeners, onEvents}: Parts): Stores {
  const {database: countedControl, commits} = counted(control)
  const tenants = new Map<string, TenantDb>()
  const reports = new Map<string, MigrationReport>()
  const prepare: Prepare<TenantSchema> = async (database) => {
    const report = await migrate(database, listsOf(options).tenant, migrateOptions(options))
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
    control: countedControl,
    controlCommits: commits,
    vault,
    controlMigrated,
    tenant,
    async migrateTenant(id) {
      await tenant(id).read((db) => db.selectFrom('log_head').select('seq').execute())
      const report = reports.get(id) ?? {database: id, applied: []}
      reports.delete(id)
      return report
    },
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
