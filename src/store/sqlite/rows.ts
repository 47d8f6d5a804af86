import type {Row} from '../database.ts'
import type {SqliteConnection} from './connection.ts'

const quoted = (columns: readonly string[]) => columns.map((column) => `"${column}"`).join(', ')

function insertSql(table: string, columns: readonly string[], tail = ''): string {
  return `INSERT INTO "${table}" (${quoted(columns)}) VALUES (${columns.map(() => '?').join(', ')})${tail}`
}

export function insertAll(connection: SqliteConnection, table: string, rows: readonly Row[]): void {
  const columns = Object.keys(rows[0] ?? {})
  if (columns.length === 0) return
  const sql = insertSql(table, columns)
  for (const row of rows) connection.run(sql, valuesOf(row, columns))
}

export function insertNew(
  connection: SqliteConnection,
  table: string,
  key: readonly string[],
  rows: readonly Row[],
): boolean[] {
  const columns = Object.keys(rows[0] ?? {})
  const sql = insertSql(table, columns, ` ON CONFLICT (${quoted(key)}) DO NOTHING`)
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
  const sets = columns.map((column) => `"${column}" = ?`).join(', ')
  const sql = `UPDATE "${table}" SET ${sets} WHERE ${key.map((column) => `"${column}" = ?`).join(' AND ')}`
  for (const row of rows) connection.run(sql, valuesOf(row, [...columns, ...key]))
}

const valuesOf = (row: Row, columns: readonly string[]) => columns.map((column) => row[column])
