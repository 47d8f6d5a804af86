import {sql} from 'kysely'
import type {Engine} from './migration.ts'

/** Has the row this tag? JSON text on SQLite, an array on PostgreSQL. */
export const hasTag = (engine: Engine, table: 'contacts' | 'conversations', wanted: string) =>
  engine === 'postgres'
    ? sql<boolean>`${wanted} = any(${sql.ref(`${table}.tags`)})`
    : sql<boolean>`exists (select 1 from json_each(${sql.ref(`${table}.tags`)}) as t where t.value = ${wanted})`
