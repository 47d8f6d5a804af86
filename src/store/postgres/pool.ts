import pg from 'pg'
import {PytakeError} from '../../base/errors.ts'
import {unavailable} from '../unavailable.ts'

const INT8 = 20

export interface PoolOptions {
  url: string
  max: number
  min: number
  /** Accept a server that can lose what it acknowledged. */
  allowUnsafe?: boolean
}

/** The one pool of a process. Every connection asks for durable commits and bounded waits, whatever the role's defaults. */
export async function openPool(options: PoolOptions): Promise<pg.Pool> {
  const types: pg.CustomTypesConfig = {
    getTypeParser: ((oid: number, format: 'text') =>
      oid === INT8
        ? Number
        : (pg.types.getTypeParser(oid, format) as unknown)) as pg.CustomTypesConfig['getTypeParser'],
  }
  const pool = new pg.Pool({
    connectionString: options.url,
    max: options.max,
    min: options.min,
    types,
    application_name: 'pytake',
    connectionTimeoutMillis: 5000,
    idleTimeoutMillis: 30_000,
    keepAlive: true,
    // Statements that are given together go out together.
    pipeline: true,
    options: [
      '-c synchronous_commit=on',
      '-c idle_in_transaction_session_timeout=10000',
      '-c lock_timeout=5000',
      '-c statement_timeout=30000',
      '-c timezone=UTC',
      // Compiling a plan to machine code takes longer than any statement of ours.
      '-c jit=off',
    ].join(' '),
  })
  // A connection that breaks while idle is dropped by the pool; the next query reports what matters.
  pool.on('error', () => undefined)
  try {
    await refuseUnsafe(pool, options.allowUnsafe ?? false)
  } catch (error) {
    await pool.end()
    throw error
  }
  return pool
}

async function refuseUnsafe(pool: pg.Pool, allow: boolean): Promise<void> {
  const {rows} = await pool.query<{fsync: string; pages: string; database: string; version: string}>(
    `SELECT current_setting('fsync') AS fsync, current_setting('full_page_writes') AS pages,
            current_database() AS database, current_setting('server_version_num') AS version`,
  )
  const server = rows[0]
  if (!server) throw unavailable('PostgreSQL gave no answer.')
  if (Number(server.version) < 150_000) {
    throw refused(
      `PostgreSQL 15 or newer is needed; this is ${Math.floor(Number(server.version) / 10_000)}.`,
      'Upgrade the server, or name another in DATABASE_URL.',
    )
  }
  const unsafe = server.fsync !== 'on' || server.pages !== 'on'
  if (unsafe && !allow && !server.database.startsWith('pytake_test')) {
    throw refused(
      'This PostgreSQL server runs with fsync or full_page_writes off: a power cut would lose acknowledged messages.',
      'Switch both on, or set DATABASE_ALLOW_UNSAFE=true for data you can afford to lose.',
    )
  }
}

/** Trying again does not help, so it is no `UNAVAILABLE`. */
const refused = (reason: string, help: string) => new PytakeError('INTERNAL', reason, {help})
