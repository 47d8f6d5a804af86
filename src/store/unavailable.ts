import {messageOf, PytakeError} from '../base/errors.ts'

/** Trouble of the store itself: the caller tries again later, nothing was lost. */
export function unavailable(reason: string, cause?: unknown, help?: string): PytakeError {
  return new PytakeError('UNAVAILABLE', reason, {cause, help})
}

/** What the engine calls an error: SQLSTATE, SQLite's name, or Node's; '' when it has none. */
export const codeOf = (error: unknown): string =>
  typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : ''

const sqliteReasons: Record<string, string> = {
  SQLITE_BUSY: 'The database is locked by another process.',
  SQLITE_LOCKED: 'The database is locked by another process.',
  SQLITE_FULL: 'The disk is full.',
  SQLITE_IOERR: 'The disk could not be read or written.',
  SQLITE_CANTOPEN: 'The database file could not be opened.',
  SQLITE_READONLY: 'The database file is read-only.',
}

/** Classes of SQLSTATE that mean the server, not the statement: connection, resources, shutdown, internal. */
const postgresInfrastructure = /^(08|53|57P|58|XX)|^(55P03|57014|25P03)$/
const networkCodes = new Set([
  'ECONNREFUSED',
  'ECONNRESET',
  'EPIPE',
  'ETIMEDOUT',
  'ENOTFOUND',
  'EHOSTUNREACH',
  'EAI_AGAIN',
])

/** Turns an engine's error into `UNAVAILABLE` where that is what it is; anything else stays as it was. */
export function translate(error: unknown): unknown {
  if (error instanceof PytakeError) return error
  const name = codeOf(error)
  const sqlite = Object.keys(sqliteReasons).find((prefix) => name.startsWith(prefix))
  if (sqlite) return unavailable(sqliteReasons[sqlite] ?? name, error)
  const lost =
    /Connection terminated|timeout exceeded when trying to connect|Client (was closed|has encountered a connection error)|Cannot use a pool/
  if (postgresInfrastructure.test(name) || networkCodes.has(name) || lost.test(messageOf(error))) {
    return unreachable(error)
  }
  return error
}

/** Whatever keeps us from PostgreSQL is trouble of the store, also a database that is closed to everybody for the moment. */
export const unreachable = (error: unknown): PytakeError =>
  error instanceof PytakeError ? error : unavailable(`PostgreSQL is not available: ${messageOf(error)}`, error)

export const isDeadlock = (error: unknown): boolean => codeOf(error) === '40P01' || codeOf(error) === '40001'

export const isBusy = (error: unknown): boolean =>
  codeOf(error).startsWith('SQLITE_BUSY') || codeOf(error).startsWith('SQLITE_LOCKED')

/** Somebody else wrote at the same time: a row is there already, or the one referred to is gone. On either engine. */
export const isConflict = (error: unknown): boolean =>
  codeOf(error) === '23505' ||
  codeOf(error) === '23503' ||
  codeOf(error) === 'SQLITE_CONSTRAINT_FOREIGNKEY' ||
  codeOf(error) === 'SQLITE_CONSTRAINT_UNIQUE' ||
  codeOf(error) === 'SQLITE_CONSTRAINT_PRIMARYKEY'
