import {messageOf, PytakeError} from '../base/errors.ts'

/** Trouble of the store itself: the caller tries again later, nothing was lost. */
export function unavailable(reason: string, cause?: unknown, help?: string): PytakeError {
  return new PytakeError('UNAVAILABLE', reason, {cause, help})
}

const code = (error: unknown): string =>
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
  const name = code(error)
  const sqlite = Object.keys(sqliteReasons).find((prefix) => name.startsWith(prefix))
  if (sqlite) return unavailable(sqliteReasons[sqlite] ?? name, error)
  const lost =
    /Connection terminated|timeout exceeded when trying to connect|Client has encountered a connection error|Cannot use a pool/
  if (postgresInfrastructure.test(name) || networkCodes.has(name) || lost.test(messageOf(error))) {
    return unavailable(`PostgreSQL is not available: ${messageOf(error)}`, error)
  }
  return error
}

export const isDeadlock = (error: unknown): boolean => code(error) === '40P01' || code(error) === '40001'

export const isBusy = (error: unknown): boolean =>
  code(error).startsWith('SQLITE_BUSY') || code(error).startsWith('SQLITE_LOCKED')

/** Somebody else wrote at the same time: a row is there already, or the one referred to is gone. On either engine. */
export const isConflict = (error: unknown): boolean =>
  code(error) === '23505' ||
  code(error) === '23503' ||
  code(error) === 'SQLITE_CONSTRAINT_FOREIGNKEY' ||
  code(error) === 'SQLITE_CONSTRAINT_UNIQUE' ||
  code(error) === 'SQLITE_CONSTRAINT_PRIMARYKEY'
