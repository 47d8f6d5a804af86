import {type RawBuilder, sql} from 'kysely'

/**
 * A limit that is a parameter. SQLite looks at the value of a bare one to plan, so that it plans anew whenever the statement
 * runs; at a sum it does not look.
 */
export const boundLimit = (limit: number): RawBuilder<number> => sql<number>`${limit} + 0`
