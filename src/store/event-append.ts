import type {NewEvent} from './database.ts'
import type {Send} from './postgres/rows.ts'
import type {SqliteConnection} from './sqlite/connection.ts'

/** Rows of one statement: as many make it cheap, and each number of rows is a statement to keep. */
const AT_ONCE = 32
const statements = Array.from(
  {length: AT_ONCE + 1},
  (_, rows) =>
    `INSERT INTO events (seq, type, data, created_at) VALUES ${Array.from({length: rows}, () => '(?, ?, ?, ?)').join(', ')}`,
)
const insertSql = (rows: number): string => statements[rows] ?? ''

/**
 * Appending is the last statement of a transaction: the head row is locked only from here to the commit, so commit
 * order is cursor order and there are no gaps, on both engines. Returns the last cursor given out.
 */
export function appendSqlite(connection: SqliteConnection, events: readonly NewEvent[]): number | undefined {
  if (events.length === 0) return undefined
  const head = connection.all('UPDATE log_head SET seq = seq + ? WHERE id = 1 RETURNING seq', [events.length])
  const last = Number(head[0]?.seq)
  const first = last - events.length + 1
  for (let n = 0; n < events.length; n += AT_ONCE) {
    const some = events.slice(n, n + AT_ONCE)
    connection.run(
      insertSql(some.length),
      some.flatMap(({type, data, at}, i) => [first + n + i, type, JSON.stringify(data), at]),
    )
  }
  return last
}

/** The same; each event comes as JSON text. */
export async function appendPostgres(send: Send, events: readonly string[]): Promise<number | undefined> {
  if (events.length === 0) return undefined
  const {rows} = await send({
    name: 'log-append',
    text: `WITH head AS (UPDATE log_head SET seq = seq + $1::bigint WHERE id = 1 RETURNING seq),
      added AS (INSERT INTO events (seq, type, data, created_at)
        SELECT head.seq - $1::bigint + e.n, e.item->>'type', e.item->'data', to_timestamp((e.item->>'at')::bigint / 1000.0)
        FROM head, jsonb_array_elements($2::jsonb) WITH ORDINALITY AS e(item, n))
      SELECT seq FROM head`,
    values: [events.length, `[${events.join(',')}]`],
  })
  return rows[0]?.seq as number | undefined
}
