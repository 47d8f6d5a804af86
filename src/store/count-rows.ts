import {type CompiledQuery, type Kysely, type SelectQueryBuilder, sql} from 'kysely'
import type {Engine} from './migration.ts'
import {engineOf, execute} from './single-connection.ts'
import {wholeTable} from './whole-table.ts'

/** Up to here SQLite counts a whole table faster than it can look at ten thousand of its rows. */
const SMALL = 200_000

type Counting = CompiledQuery<{total: number | string}>

/** By engine, table and how far is counted: to build it costs more than to run it. */
const wholes = new Map<string, Counting>()

/** How many rows a query finds. Beyond `most` it counts no further, and answers a number that is more. */
export async function countRows<DB, TB extends keyof DB, O>(
  db: Kysely<DB>,
  query: SelectQueryBuilder<DB, TB, O>,
  most?: number,
): Promise<number> {
  const table = wholeTable(query)
  const engine = engineOf(db)
  const isKept = table !== undefined && engine !== undefined
  const {rows} = await execute(db, isKept ? countingAll(db, query, {table, engine, most}) : counting(db, query, most))
  return Number(rows[0]?.total ?? 0)
}

function counting<DB, TB extends keyof DB, O>(
  db: Kysely<DB>,
  query: SelectQueryBuilder<DB, TB, O>,
  most: number | undefined,
): Counting {
  return sql<{total: number | string}>`select (${limited(query, most)}) as total`.compile(db)
}

function countingAll<DB, TB extends keyof DB, O>(
  db: Kysely<DB>,
  query: SelectQueryBuilder<DB, TB, O>,
  {table, engine, most}: {table: string; engine: Engine; most: number | undefined},
): Counting {
  const shape = `${engine} ${table} ${most}`
  let made = wholes.get(shape)
  if (!made)
    wholes.set(shape, (made = engine === 'sqlite' ? boundedFirst(db, query, {table, most}) : counting(db, query, most)))
  return made
}

/** Row numbers only rise, so the greatest is an upper bound, found at once. */
function boundedFirst<DB, TB extends keyof DB, O>(
  db: Kysely<DB>,
  query: SelectQueryBuilder<DB, TB, O>,
  {table, most}: {table: string; most: number | undefined},
): Counting {
  const whole = sql.table(table)
  const counted = sql`case when (select max(rowid) from ${whole}) <= ${SMALL} then (select count(*) from ${whole}) else (${limited(query, most)}) end`
  return sql<{total: number}>`select ${counted} as total`.compile(db)
}

function limited<DB, TB extends keyof DB, O>(query: SelectQueryBuilder<DB, TB, O>, most: number | undefined) {
  const matching = query.clearSelect().select(sql<number>`1`.as('one'))
  return sql`select count(*) from (${most === undefined ? matching : matching.limit(most + 1)}) as counted`
}
