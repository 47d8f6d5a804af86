import type pg from 'pg'
import type {Months} from '../database.ts'
import {codeOf} from '../unavailable.ts'
import {inTransaction, type Queryable} from './transaction.ts'

/** Taking a part away or adding one needs the whole table for an instant; who cannot have it comes again in an hour. */
const PATIENCE = '500ms'
const LOCKED = '55P03'
const MADE_MEANWHILE = '42P07'
const ROWS_CAME_MEANWHILE = '23514'
const MONTH = /_(\d{4})_(\d{2})$/

interface Month {
  name: string
  from: number
  to: number
}

/**
 * Tables by month of one schema. A row whose month has no part goes to the part named `_default`, so an
 * insert never fails for want of one; such a month then stays there and is deleted row by row.
 */
export function monthsOf(pool: pg.Pool, schema: string): Months {
  const attempt = <T>(run: (client: Queryable) => Promise<T>): Promise<T | undefined> =>
    inTransaction(pool, async (client) => {
      await client.query(`SET LOCAL search_path TO "${schema}"; SET LOCAL lock_timeout TO '${PATIENCE}'`)
      return run(client)
    }).catch((error: unknown) => {
      if ([LOCKED, MADE_MEANWHILE, ROWS_CAME_MEANWHILE].includes(codeOf(error))) return undefined
      throw error
    })

  return {
    async make(now) {
      const parts = await partsOf(pool, schema)
      for (const [table, names] of parts) {
        const missing = [monthAt(table, now, 0), monthAt(table, now, 1)].filter(({name}) => !names.includes(name))
        if (missing.length === 0) continue
        await attempt(async (client) => {
          for (const month of missing) await add(client, table, month)
        })
      }
    },
    async drop(table, before, spare) {
      let dropped = 0
      for (const name of (await partsOf(pool, schema)).get(table) ?? []) {
        const [, year, month] = MONTH.exec(name) ?? []
        if (year === undefined || Date.UTC(Number(year), Number(month)) > before) continue
        if (await attempt((client) => remove(client, name, spare))) dropped++
      }
      return dropped
    },
  }
}

function monthAt(table: string, now: number, ahead: number): Month {
  const at = new Date(now)
  const from = new Date(Date.UTC(at.getUTCFullYear(), at.getUTCMonth() + ahead))
  const to = Date.UTC(from.getUTCFullYear(), from.getUTCMonth() + 1)
  return {name: `${table}_${from.toISOString().slice(0, 7).replace('-', '_')}`, from: from.getTime(), to}
}

/** Names of the parts of each table that has some, oldest first. */
async function partsOf(db: Queryable, schema: string): Promise<Map<string, string[]>> {
  const {rows} = await db.query<{parent: string; parts: string[]}>(
    `SELECT t.relname AS parent, array_agg(p.relname::text ORDER BY p.relname) AS parts
     FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
     JOIN pg_inherits i ON i.inhparent = t.oid JOIN pg_class p ON p.oid = i.inhrelid
     WHERE n.nspname = $1 AND t.relkind = 'p' GROUP BY t.relname ORDER BY t.relname`,
    [schema],
  )
  return new Map(rows.map(({parent, parts}) => [parent, parts]))
}

async function add(client: Queryable, table: string, {name, from, to}: Month): Promise<void> {
  const bounds = [new Date(from).toISOString(), new Date(to).toISOString()]
  const {rowCount} = await client.query(
    `SELECT 1 FROM "${table}_default" WHERE created_at >= $1 AND created_at < $2 LIMIT 1`,
    bounds,
  )
  if (rowCount !== 0) return
  await client.query(`CREATE TABLE "${name}" PARTITION OF "${table}" FOR VALUES FROM ('${bounds.join("') TO ('")}')`)
}

async function remove(client: Queryable, name: string, spare: Parameters<Months['drop']>[2]): Promise<boolean> {
  if (spare) {
    const {rows} = await client.query<{last: number | null}>(`SELECT max("${spare.key}") AS last FROM "${name}"`)
    if ((rows[0]?.last ?? -1) >= spare.from) return false
  }
  await client.query(`DROP TABLE "${name}"`)
  return true
}
