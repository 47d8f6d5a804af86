import type {Row} from '../database.ts'
import type {SqliteConnection} from './connection.ts'

type MakeText = (table: string, columns: readonly string[], key: readonly string[]) => string

/** A statement's text is made once for each table and list of columns: making it costs as much as running it. */
function onceEach(make: MakeText): MakeText {
  const made = new Map<string, {columns: readonly string[]; key: readonly string[]; text: string}[]>()
  return (table, columns, key) => {
    let shapes = made.get(table)
    if (!shapes) made.set(table, (shapes = []))
    const known = shapes.find((shape) => areEqual(shape.columns, columns) && areEqual(shape.key, key))
    if (known) return known.text
    const text = make(table, columns, key)
    shapes.push({columns, key, text})
    return text
  }
}

const areEqual = (some: readonly string[], others: readonly string[]): boolean =>
  some.length === others.length && some.every((one, n) => one === others[n])

const quoted = (columns: readonly string[]) => columns.map((column) => `"${column}"`).join(', ')

const insertText = onceEach((table, columns, key) => {
  const tail = key.length > 0 ? ` ON CONFLICT (${quoted(key)}) DO NOTHING` : ''
  return `INSERT INTO "${table}" (${quoted(columns)}) VALUES (${columns.map(() => '?').join(', ')})${tail}`
})

const updateText = onceEach((table, columns, key) => {
  const sets = columns.map((column) => `"${column}" = ?`).join(', ')
  return `UPDATE "${table}" SET ${sets} WHERE ${key.map((column) => `"${column}" = ?`).join(' AND ')}`
})

const noKey: readonly string[] = []

export function insertAll(connection: SqliteConnection, table: string, rows: readonly Row[]): void {
  const columns = Object.keys(rows[0] ?? {})
  if (columns.length === 0) return
  const sql = insertText(table, columns, noKey)
  for (const row of rows) connection.run(sql, valuesOf(row, columns))
}

export function insertNew(
  connection: SqliteConnection,
  table: string,
  key: readonly string[],
  rows: readonly Row[],
): boolean[] {
  const columns = Object.keys(rows[0] ?? {})
  const sql = insertText(table, columns, key)
  return rows.map((row) => connection.run(sql, valuesOf(row, columns)).changes === 1)
}

export function updateAll(
  connection: SqliteConnection,
  table: string,
  key: readonly string[],
  rows: readonly Row[],
): void {
  const columns = Object.keys(rows[0] ?? {}).filter((column) => !key.includes(column))
  if (columns.length === 0) return
  const sql = updateText(table, columns, key)
  for (const row of rows) connection.run(sql, valuesOf(row, [...columns, ...key]))
}

const valuesOf = (row: Row, columns: readonly string[]) => columns.map((column) => row[column])
