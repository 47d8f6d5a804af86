import type pg from 'pg'
import {storableJsonText} from '../../base/json-text.ts'
import {columnKind} from '../columns.ts'
import type {Row} from '../database.ts'

/** Runs one statement on the connection of a transaction. */
export type Send = (query: pg.QueryConfig) => Promise<pg.QueryResult<Record<string, unknown>>>

const quoted = (columns: readonly string[]) => columns.map((column) => `"${column}"`).join(', ')

/**
 * Rows travel as one JSON parameter and come out typed by the table itself: one statement text per table and column
 * list, whatever the number of rows, and no per-column casts.
 */
function recordset(rows: readonly Row[], columns: readonly string[]): string {
  const fields = columns.map((column, n) => ({
    column,
    head: `${n === 0 ? '{' : ','}"${column}":`,
    isJson: columnKind(column) === 'json',
  }))
  let text = '['
  for (const row of rows) {
    if (text.length > 1) text += ','
    for (const {column, head, isJson} of fields) {
      const value = row[column] ?? null
      text += head + (isJson && typeof value === 'string' ? value : JSON.stringify(value))
    }
    text += '}'
  }
  return storableJsonText(`${text}]`)
}

/** Of `jsonb`, where lists take half of the time that they take of `json`. */
const fromRecordset = (table: string) => `jsonb_populate_recordset(NULL::"${table}", $1::jsonb)`

export async function insertAll(send: Send, table: string, rows: readonly Row[]): Promise<void> {
  const columns = Object.keys(rows[0] ?? {})
  if (columns.length === 0) return
  const list = quoted(columns)
  await send({
    name: statementName('insert', table, columns),
    text: `INSERT INTO "${table}" (${list}) SELECT ${list} FROM ${fromRecordset(table)}`,
    values: [recordset(rows, columns)],
  })
}

export async function insertNew(
  send: Send,
  table: string,
  key: readonly string[],
  rows: readonly Row[],
): Promise<boolean[]> {
  const columns = Object.keys(rows[0] ?? {})
  if (columns.length === 0) return []
  const list = quoted(columns)
  const {rows: inserted} = await send({
    name: statementName('insert-new', table, columns),
    text: `INSERT INTO "${table}" (${list}) SELECT ${list} FROM ${fromRecordset(table)}
      ON CONFLICT (${quoted(key)}) DO NOTHING RETURNING ${quoted(key)}`,
    values: [recordset(rows, columns)],
  })
  const left = new Set(inserted.map((row) => keyOf(row, key)))
  // Of two equal rows in one batch only the first is new.
  return rows.map((row) => left.delete(keyOf(row, key)))
}

const keyOf = (row: Readonly<Record<string, unknown>>, key: readonly string[]) =>
  key.map((column) => String(row[column])).join('\u001f')

export async function updateAll(
  send: Send,
  table: string,
  key: readonly string[],
  rows: readonly Row[],
): Promise<void> {
  const columns = Object.keys(rows[0] ?? {})
  const sets = columns.filter((column) => !key.includes(column))
  if (sets.length === 0) return
  await send({
    name: statementName('update', table, [...key, '', ...sets]),
    text: `UPDATE "${table}" SET ${sets.map((column) => `"${column}" = v."${column}"`).join(', ')}
      FROM ${fromRecordset(table)} AS v WHERE ${key.map((column) => `"${table}"."${column}" = v."${column}"`).join(' AND ')}`,
    values: [recordset(rows, columns)],
  })
}

const names = new Map<string, string>()
/** Prepared statements are named, and names are limited to 63 characters. */
function statementName(verb: string, table: string, columns: readonly string[]): string {
  const text = `${verb} ${table} ${columns.join(',')}`
  let name = names.get(text)
  if (!name) {
    name = `${verb}_${table}_${names.size}`
    names.set(text, name)
  }
  return name
}
