import {chmodSync, existsSync, mkdirSync, mkdtempSync, renameSync, rmSync, statSync} from 'node:fs'
import {tmpdir} from 'node:os'
import {join} from 'node:path'
import {LazyDatabase} from '../lazy-database.ts'
import type {ControlSchema} from '../schema/control.ts'
import type {TenantSchema} from '../schema/tenant.ts'
import type {Prepare, StorageEngine, StoreOptions} from '../storage.ts'
import {translate} from '../unavailable.ts'
import {SqliteConnection} from './connection.ts'
import {openSqlite, type SqliteDatabase, type SqliteOptions} from './database.ts'
import {type LazyTenant, OpenTenants} from './open-tenants.ts'

/** Tenants whose files are open at once. */
const OPEN_TENANTS = 64
const CONTROL_CACHE_BYTES = 8 * 2 ** 20

/** Files of a data folder: `control.db`, `tenants/<id>.db`; removed ones wait in `removed/`. */
export function openSqliteEngine(options: StoreOptions): StorageEngine {
  const folder = options.home
  const paths = {
    control: join(folder, 'control.db'),
    tenants: join(folder, 'tenants'),
    removed: join(folder, 'removed'),
  }
  const {clock, random} = options
  const cacheBytes = options.cacheMb * 2 ** 20
  const controlCache = Math.min(CONTROL_CACHE_BYTES, cacheBytes / 4)
  const open = new OpenTenants({limit: OPEN_TENANTS, cacheBytes: cacheBytes - controlCache, clock})
  let control: SqliteDatabase<ControlSchema> | undefined
  const tenantPath = (id: string) => join(paths.tenants, `${id}.db`)

  return {
    engine: 'sqlite',
    async control(onEvents, prepare) {
      makeFolder(folder)
      makeFolder(paths.tenants)
      const at = {path: paths.control, name: 'control', clock, random, onEvents, cacheBytes: controlCache}
      control = await openSqlite<ControlSchema>(at)
      await prepare(control)
      return control
    },
    tenant(id, onEvents, prepare) {
      const at = {path: tenantPath(id), name: id, clock, random, onEvents, cacheBytes: 0}
      const database: LazyTenant = new LazyDatabase({
        engine: 'sqlite',
        name: id,
        open: () => open.admit(database, () => openPrepared(at, prepare)),
        touched: () => open.touched(id),
        released: () => open.released(),
      })
      return database
    },
    retire(id) {
      open.closed(id)
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
    onCopy: (name, rehearse) =>
      onFileCopy({path: name === 'control' ? paths.control : tenantPath(name), name, clock, random}, rehearse),
    async close() {
      await open.close()
      await control?.close()
    },
  }
}

async function openPrepared(
  options: SqliteOptions,
  prepare: Prepare<TenantSchema>,
): Promise<SqliteDatabase<TenantSchema>> {
  const opened = await openSqlite<TenantSchema>(options)
  try {
    await prepare(opened)
  } catch (error) {
    await opened.close()
    throw error
  }
  return opened
}

/** The copy is of one moment. Of a file that is not there it is an empty database, and the file is not made. */
async function onFileCopy<S, T>(source: SqliteOptions, rehearse: (copy: SqliteDatabase<S>) => Promise<T>): Promise<T> {
  const folder = mkdtempSync(join(tmpdir(), 'pytake-rehearsal-'))
  try {
    const path = join(folder, 'copy.db')
    if (existsSync(source.path)) copyFile(source.path, path)
    const copy = await openSqlite<S>({...source, path})
    try {
      return await rehearse(copy)
    } finally {
      await copy.close()
    }
  } finally {
    rmSync(folder, {recursive: true, force: true})
  }
}

function copyFile(from: string, to: string): void {
  try {
    const source = new SqliteConnection(from, {readonly: false})
    try {
      source.run('VACUUM INTO ?', [to])
    } finally {
      source.close()
    }
  } catch (error) {
    throw translate(error)
  }
}

/** Data folders are for their owner only. */
export function makeFolder(path: string): void {
  try {
    mkdirSync(path, {recursive: true, mode: 0o700})
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o700)
  } catch (error) {
    throw translate(error)
  }
}
