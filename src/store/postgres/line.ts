import type pg from 'pg'
import type {Send} from './rows.ts'

const ABORTED = '25P02'

/** The statements of one transaction, in the order in which they are given. */
export interface Line {
  readonly send: Send
  readonly commit: () => Promise<void>
  /** Nothing goes out any more. */
  readonly end: () => void
}

/**
 * Statements go out as they are given, `begin` before the first, without waiting for the answer to the one before:
 * PostgreSQL works through them in order, and a round trip is paid once for as many as are given together. Where one
 * fails, PostgreSQL carries out none of those behind it, and from the moment that we hear of it none goes out: it would
 * run after the transaction.
 */
export function lineOf(client: pg.PoolClient, begin: string): Line {
  let failed: {error: unknown} | undefined
  let over = false
  const carryOut: Send = async (query) => {
    if (failed) throw failed.error
    if (over) throw new Error('The transaction is over.')
    try {
      return await client.query<Record<string, unknown>>(query)
    } catch (error) {
      failed ??= {error}
      throw (error as {code?: unknown}).code === ABORTED ? failed.error : error
    }
  }
  const send: Send = (query) => {
    const run = carryOut(query)
    // Whoever gave it hears of it, be it late.
    run.catch(() => undefined)
    return run
  }
  void send({text: begin})
  return {
    send,
    async commit() {
      const committing = send({text: 'COMMIT'})
      over = true
      const {command} = await committing
      // Behind a statement that failed it does the opposite, and that is no error to PostgreSQL.
      if (command === 'COMMIT') return
      if (failed) throw failed.error
      throw new Error('The transaction was rolled back.')
    },
    end: () => void (over = true),
  }
}
