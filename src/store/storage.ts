import type {Clock} from '../base/clock.ts'
import type {Ids, Random} from '../base/ids.ts'
import type {Logger} from '../observability/logger.ts'
import type {Database, EventListener} from './database.ts'
import type {Engine, Migration} from './migration.ts'
import type {ControlSchema} from './schema/control.ts'
import type {TenantSchema} from './schema/tenant.ts'

export type ControlDb = Database<ControlSchema>
/** One tenant's data; `name` is the tenant's id. */
export type TenantDb = Database<TenantSchema>

export interface StoreOptions {
  home: string
  databaseUrl?: string
  databaseMax: number
  databaseMin: number
  encryptionKey?: string
  cacheMb: number
  allowUnsafeDatabase?: boolean
  log: Pick<Logger, 'warn'>
  /** Passed by just before a migration commits. */
  crash?: (point: 'migrate.before_commit') => void
  /** What the databases are brought to; the program's own when left out. */
  migrations?: MigrationLists
  clock: Clock
  ids: Ids
  random: Random
}

export interface MigrationLists {
  control: readonly Migration[]
  tenant: readonly Migration[]
}

export type Prepare<S> = (database: Database<S>) => Promise<unknown>

/** Where the files or the schemas are: what differs between the engines as a whole. */
export interface StorageEngine {
  readonly engine: Engine
  /** Both kinds are made when they are not there; `prepare` runs each time one is opened. */
  control(onEvents: EventListener, prepare: Prepare<ControlSchema>): Promise<ControlDb>
  tenant(id: string, onEvents: EventListener, prepare: Prepare<TenantSchema>): TenantDb
  /** Puts a removed tenant's data aside; nothing is dropped yet. Idempotent. */
  retire(id: string): Promise<void>
  drop(id: string): Promise<void>
  /** What a copy of this storage would not share. */
  fingerprint(): Promise<string>
  /** Runs `rehearse` on a copy of `control` or of a tenant's database, which is only read, and throws the copy away. */
  onCopy<S, T>(name: string, rehearse: (copy: Database<S>) => Promise<T>): Promise<T>
  close(): Promise<void>
}
