import {sql} from 'kysely'

/**
 * True for rows in one of these states, written so that SQLite sees that its index of what is not queued holds them all.
 * It compares the text of conditions: a parameter, or a state alone, would send it through the whole queue.
 */
export const openState = (...states: ('claimed' | 'sending' | 'unknown')[]) =>
  sql<boolean>`outbox.state <> 'queued' AND outbox.state IN (${sql.join(states.map((state) => sql.lit(state)))})`
