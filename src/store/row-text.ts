import {type RawBuilder, sql} from 'kysely'
import {isoTime} from '../base/iso-time.ts'
import {columnKind} from './columns.ts'

/** Stands around what is not yet as it is told. JSON text holds no such character. */
const MARK = '\u001f'

/** A row as JSON text. */
export interface RowText {
  id: string
  /** What the list is sorted by, as it is stored. */
  place: string
  text: string
}

/**
 * What SQLite selects to write a row as JSON by itself: one text is half the work of ten values, an object of them
 * and its text. `columns` in the order in which they are told, each with what stands for NULL. Times come as numbers
 * between marks, because SQLite takes longer over their text than over all the rest; the id and what the list is sorted by
 * come first.
 */
export function selectText(columns: Readonly<Record<string, unknown>>, sort: string): RawBuilder<string> {
  const parts = Object.entries(columns).flatMap(([name, none], n) => {
    const before = `${n === 0 ? '{' : ','}${JSON.stringify(name)}:`
    const column = sql.ref(name)
    switch (columnKind(name)) {
      case 'time':
        return [sql.lit(before + MARK), column, sql.lit(MARK)]
      case 'boolean':
        return [
          sql.lit(before),
          sql`iif(${column} is null, ${sql.lit(JSON.stringify(none))}, iif(${column}, 'true', 'false'))`,
        ]
      case 'json':
        return [sql.lit(before), sql`ifnull(${column}, ${sql.lit(JSON.stringify(none))})`]
      default:
        return [sql.lit(before), sql`json_quote(${column})`]
    }
  })
  const head = [sql.ref('id'), sql.lit(MARK), sql.ref(sort), sql.lit(MARK)]
  return sql<string>`concat(${sql.join([...head, ...parts, sql.lit('}')])})`
}

/** Reads what `selectText` selected. */
export function readText(selected: string): RowText {
  const parts = selected.split(MARK)
  const [id = '', place = '', first = ''] = parts
  let text = first
  let time = ''
  for (let n = 3; n < parts.length; n += 2) {
    // Most rows were never changed: their times are the same.
    if (n === 3 || parts[n] !== parts[n - 2]) time = timeText(parts[n])
    text += time + (parts[n + 1] ?? '')
  }
  return {id, place, text}
}

const timeText = (ms: string | undefined): string => (ms ? `"${isoTime(new Date(Number(ms)))}"` : 'null')
