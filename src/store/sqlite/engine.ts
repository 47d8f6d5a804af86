import {chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import type {Database, EventListener} from '../database.ts'
import {LazyDatabase} from '../lazy-database.ts'
import type {ControlSchema} from '../schema/control.ts'
import type {TenantSchema} from '../schema/tenant.ts'
import type {Prepare, StorageEngine, StoreOptions} from '../storage.ts'
import {translate} from '../unavailable.ts'
import {openSqlite, type SqliteDatabase} from './database.ts'

/** Tenants whose files are open at once (rules 1.3). */
const OPEN_TENANTS = 64

type LazyTenant = LazyDatabase<TenantSchema, SqliteDatabase<TenantSchema>>

/** Files of a data folder: `control.db`, `tenants/<id>.db`; removed ones wait in `removed/`. */
export function openSqliteEngine(options: StoreOptions): StorageEngine {
  const folder = options.home
  makeFolder(folder)
  const paths = {
    control: join(folder, 'control.db'),
    tenants: join(folder, 'tenants'),
    removed: join(folder, 'removed'),
  }
  makeFolder(paths.tenants)
  const open = new Map<string, LazyTenant>()
  let control: SqliteDatabase<ControlSchema> | undefined
  const {clock, random} = options
  const tenantPath = (id: string) => join(paths.tenants, `${id}.db`)

  return {
    engine: 'sqlite',
    async control(onEvents) {
      control = await openSqlite<ControlSchema>({
        path: paths.control,
        name: 'control',
        clock,
        random,
        onEvents,
        cacheBytes: 8 * 2 ** 20,
      })
      return control
    },
    tenant: (id, onEvents, prepare) => lazyTenant({id, path: tenantPath(id), options, onEvents, prepare, open}),
    retire(id) {
      makeFolder(paths.removed)
      for (const suffix of ['', '-wal', '-shm']) {
        const from = `${tenantPath(id)}${suffix}`
        if (existsSync(from)) renameSync(from, join(paths.removed, `${id}.db${suffix}`))
      }
      return Promise.resolve()
    },
    drop(id) {
      for (const suffix of ['', '-wal', '-shm']) rmSync(join(paths.removed, `${id}.db${suffix}`), {force: true})
      return Promise.resolve()
    },
    fingerprint() {
      const {ino, birthtimeMs} = statSync(paths.control)
      return Promise.resolve(`sqlite:${ino}:${Math.round(birthtimeMs)}`)
    },
    onCopy: rehearseOnCopy(options),
    async close() {
      for (const database of open.values()) await database.close()
      await control?.close()
    },
  }
}

interface LazyOptions {
  id: string
  path: string
  options: StoreOptions
  onEvents: EventListener
  prepare: Prepare
  open: Map<string, LazyTenant>
}

function lazyTenant({id, path, options, onEvents, prepare, open}: LazyOptions): LazyTenant {
  const {clock, random, cacheMb} = options
  const database: LazyTenant = new LazyDatabase({
    engine: 'sqlite',
    name: id,
    open: async () => {
      evict(open)
      const cacheBytes = (cacheMb * 2 ** 20) / Math.min(OPEN_TENANTS, open.size + 1)
      const opened = await openSqlite<TenantSchema>({path, name: id, clock, random, onEvents, cacheBytes})
      try {
        await prepare(opened)
      } catch (error) {
        await opened.close()
        throw error
      }
      return opened
    },
    touched: () => {
      open.delete(id)
      open.set(id, database)
    },
  })
  return database
}

/** Closes the one unused for longest when there are too many. One in use stays open. */
function evict(open: Map<string, LazyTenant>): void {
  if (open.size < OPEN_TENANTS) return
  for (const [id, database] of open) {
    if (!database.isIdle) continue
    open.delete(id)
    void database.close()
    return
  }
}

function rehearseOnCopy({clock, random}: StoreOptions): StorageEngine['onCopy'] {
  return async <S>(database: Database<S>, rehearse: (copy: Database<S>) => Promise<void>) => {
    const folder = mkdtempSync(join(tmpdir(), 'pytake-rehearsal-'))
    try {
      const path = join(folder, 'copy.db')
      const source = database as LazyDatabase<S, SqliteDatabase<S>>
      await source.use((inner) => Promise.resolve(inner.copyTo(path)))
      const copy = await openSqlite<S>({path, name: database.name, clock, random})
      try {
        await rehearse(copy)
      } finally {
        await copy.close()
      }
    } finally {
      rmSync(folder, {recursive: true, force: true})
    }
  }
}

/** Data folders are for their owner only (rules 7.2). */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, {recursive: true, mode: 0o700})
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o700)
  } catch (error) {
    throw translate(error)
  }
}
