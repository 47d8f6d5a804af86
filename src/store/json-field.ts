import {type RawBuilder, sql} from 'kysely'
import type {Engine} from './migration.ts'

/** A field of a JSON column, as text. */
export const jsonField = (engine: Engine, column: string, field: string): RawBuilder<string | null> =>
  engine === 'sqlite'
    ? sql<string | null>`json_extract(${sql.ref(column)}, ${`$.${field}`})`
    : sql<string | null>`${sql.ref(column)} ->> ${field}`
