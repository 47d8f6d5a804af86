import {type Kysely, type SelectQueryBuilder, type SelectQueryNode, sql, TableNode} from 'kysely'
import {engineOf, execute} from './single-connection.ts'

/** Up to here SQLite counts a whole table faster than it can look at ten thousand of its rows. */
const SMALL = 200_000

/** How many rows a query finds. Beyond `most` it counts no further, and answers a number that is more. */
export async function countRows<DB, TB extends keyof DB, O>(
  db: Kysely<DB>,
  query: SelectQueryBuilder<DB, TB, O>,
  most?: number,
): Promise<number> {
  const matching = query.clearSelect().select(sql<number>`1`.as('one'))
  const limited = sql`select count(*) from (${most === undefined ? matching : matching.limit(most + 1)}) as counted`
  const whole = engineOf(db) === 'sqlite' ? wholeTable(query.toOperationNode()) : undefined
  // Row numbers only rise, so the greatest is an upper bound, found at once.
  const counting = whole
    ? sql`case when (select max(rowid) from ${whole}) <= ${SMALL} then (select count(*) from ${whole}) else (${limited}) end`
    : sql`(${limited})`
  const {rows} = await execute(db, sql<{total: number | string}>`select ${counting} as total`.compile(db))
  return Number(rows[0]?.total ?? 0)
}

/** The table, where a query takes all of its rows. */
function wholeTable({from, where, joins, groupBy, having, limit}: SelectQueryNode) {
  const [table, other] = from?.froms ?? []
  const isWhole = !where && !joins && !groupBy && !having && !limit && other === undefined
  return isWhole && table && TableNode.is(table) ? sql.table(table.table.identifier.name) : undefined
}
