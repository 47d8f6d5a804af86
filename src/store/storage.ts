import type {Clock} from '../base/clock.ts'
import type {Ids, Random} from '../base/ids.ts'
import type {Database, EventListener} from './database.ts'
import type {Engine} from './migration.ts'
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
  clock: Clock
  ids: Ids
  random: Random
}

export type Prepare = (database: TenantDb) => Promise<unknown>

/** Where the files or the schemas are: what differs between the engines as a whole. */
export interface StorageEngine {
  readonly engine: Engine
  control(onEvents: EventListener): Promise<ControlDb>
  /** A tenant's database, made when it is not there; `prepare` runs each time it is opened. */
  tenant(id: string, onEvents: EventListener, prepare: Prepare): TenantDb
  /** Puts a removed tenant's data aside; nothing is dropped yet. Idempotent. */
  retire(id: string): Promise<void>
  drop(id: string): Promise<void>
  /** What a copy of this storage would not share (rules 1.10). */
  fingerprint(): Promise<string>
  /** Runs `rehearse` on a copy of the database and throws the copy away. */
  onCopy<S>(database: Database<S>, rehearse: (copy: Database<S>) => Promise<void>): Promise<void>
  close(): Promise<void>
}
