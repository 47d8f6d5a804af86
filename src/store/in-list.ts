import {type RawBuilder, sql} from 'kysely'
import type {Engine} from './migration.ts'

/**
 * `column IN (values)` with one parameter however many values there are, so the statement's text, and with it the
 * prepared statement, stays the same for every batch. SQLite gets the list as JSON, as it gets every list.
 */
export function inList(engine: Engine, column: string, values: readonly (string | number)[]): RawBuilder<boolean> {
  const name = sql.ref(column)
  return engine === 'sqlite'
    ? sql<boolean>`${name} IN (SELECT value FROM json_each(${values}))`
    : sql<boolean>`${name} = ANY(${values})`
}
