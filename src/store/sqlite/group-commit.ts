import type {NewEvent, Tx} from '../database.ts'
import {appendSqlite} from '../event-append.ts'
import {together} from '../together.ts'
import {translate} from '../unavailable.ts'
import type {SqliteConnection} from './connection.ts'

/** What one caller wants to be done in a transaction, and how they hear of it. */
export interface Work<S> {
  run: (tx: Tx<S>) => Promise<unknown>
  resolve: (result: unknown) => void
  reject: (error: unknown) => void
}

export interface Committed<S> {
  /** Who waits for the disk, and for what. */
  done: {work: Work<S>; result: unknown}[]
  /** Of the last event, when there were any. */
  seq: number | undefined
  wrote: boolean
}

/** What a piece of work leaves to the end of its transaction. */
export interface Written {
  events: NewEvent[]
  /** Carried out already, as SQLite does at once, but who gave them has not heard of it. */
  left: Promise<unknown>[]
}

interface Parts<S> {
  connection: SqliteConnection
  /** Begins the transaction, once nobody else holds the lock. */
  begin: () => Promise<unknown>
  tx: (written: Written) => Tx<S>
}

/**
 * Carries out several pieces of work in one transaction, so that its locks, its pages of the log and its sync are paid
 * once. Each has a savepoint: one that fails takes nothing of the others along. Nobody is told of anything before the
 * commit, for later pieces see what earlier ones wrote. Undefined when there was no commit.
 */
export async function commitTogether<S>(parts: Parts<S>, group: readonly Work<S>[]): Promise<Committed<S> | undefined> {
  const {connection, begin} = parts
  const carryOut = group.length === 1 ? alone : inSavepoint
  const done: Committed<S>['done'] = []
  const failed: {work: Work<S>; error: unknown}[] = []
  const events: NewEvent[] = []
  try {
    await begin()
    const before = connection.writes
    for (const work of group) {
      const outcome = await carryOut(parts, work, events)
      if ('error' in outcome) failed.push({work, error: outcome.error})
      else done.push({work, result: outcome.result})
    }
    const seq = appendSqlite(connection, events)
    const wrote = connection.writes > before
    connection.run('COMMIT')
    for (const {work, error} of failed) work.reject(translate(error))
    return {done, seq, wrote}
  } catch (error) {
    if (connection.raw.inTransaction) connection.run('ROLLBACK')
    const told = translate(error)
    for (const {reject} of group) reject(told)
    return undefined
  }
}

type Outcome = {result: unknown} | {error: unknown}

async function alone<S>({tx}: Pick<Parts<S>, 'tx'>, {run}: Work<S>, events: NewEvent[]): Promise<Outcome> {
  const left: Promise<unknown>[] = []
  const result = await run(tx({events, left}))
  if (left.length > 0) await together(...left)
  return {result}
}

async function inSavepoint<S>({connection, tx}: Parts<S>, work: Work<S>, events: NewEvent[]): Promise<Outcome> {
  const own: NewEvent[] = []
  connection.run('SAVEPOINT piece')
  try {
    const outcome = await alone({tx}, work, own)
    connection.run('RELEASE piece')
    events.push(...own)
    return outcome
  } catch (error) {
    // A disk that is full or fails has ended the whole transaction.
    if (!connection.raw.inTransaction) throw error
    connection.run('ROLLBACK TO piece')
    connection.run('RELEASE piece')
    return {error}
  }
}
