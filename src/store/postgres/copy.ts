import type pg from 'pg'
import {PytakeError} from '../../base/errors.ts'
import type {Database} from '../database.ts'
import {PostgresDatabase} from './database.ts'
import {inTransaction, type Queryable} from './transaction.ts'

interface Source {
  schema: string
  name: string
}

/**
 * Runs `rehearse` on a scratch schema with the tables, rows, keys and indexes of another, under their names, and drops
 * it. The source is only read. One rehearsal of a database at a time; what a killed one left is cleared away.
 */
export async function onScratchCopy<S, T>(
  pool: pg.Pool,
  {schema, name}: Source,
  rehearse: (copy: Database<S>) => Promise<T>,
): Promise<T> {
  const scratch = `rehearsal_${name.replaceAll('-', '')}`
  const lock = await pool.connect()
  try {
    const {rows} = await lock.query<{taken: boolean}>(
      `SELECT pg_try_advisory_lock(hashtext('rehearsal'), hashtext('${scratch}')) AS taken`,
    )
    if (!rows[0]?.taken) throw new PytakeError('CONFLICT', `Another process is rehearsing the migration of ${name}.`)
    try {
      await pool.query(`DROP SCHEMA IF EXISTS "${scratch}" CASCADE; CREATE SCHEMA "${scratch}"`)
      await copySchema(pool, schema, scratch)
      return await rehearse(new PostgresDatabase<S>({pool, schema: scratch, name}))
    } finally {
      await pool.query(`DROP SCHEMA IF EXISTS "${scratch}" CASCADE`)
    }
  } finally {
    // The lock ends with its connection.
    lock.release(true)
  }
}

/** Foreign keys come last and unchecked: tables are copied one by one, so rows of two may be of different moments. */
async function copySchema(pool: pg.Pool, from: string, to: string): Promise<void> {
  const tables = await inSchema(pool, from, (client) => definitions(client, tablesOf, from, to))
  for (const statements of tables) {
    await inSchema(pool, to, (client) => client.query(statements))
  }
  for (const query of [constraintsOf, indexesOf]) {
    const statements = await inSchema(pool, from, (client) => definitions(client, query, from, to))
    await inSchema(pool, to, async (client) => {
      // ONLY would leave the parts of a table out.
      for (const statement of statements) await client.query(statement.replace(' ON ONLY ', ' ON '))
    })
  }
}

/**
 * PostgreSQL writes definitions without a schema when the search path shows what they name. A large table takes longer
 * than a query of ours ever should, and a copy need not survive a power cut.
 */
const inSchema = <T>(pool: pg.Pool, schema: string, run: (client: Queryable) => Promise<T>): Promise<T> =>
  inTransaction(pool, async (client) => {
    await client.query(
      `SET LOCAL search_path TO "${schema}"; SET LOCAL statement_timeout TO 0; SET LOCAL synchronous_commit TO off`,
    )
    return run(client)
  })

async function definitions(client: Queryable, query: string, from: string, to: string): Promise<string[]> {
  const {rows} = await client.query<{text: string}>(query, query === tablesOf ? [from, to] : [from])
  return rows.map(({text}) => text)
}

/** A table with its parts and its rows. Only tables that are no part themselves. */
const tablesOf = `
  SELECT format('CREATE TABLE %I.%I (LIKE %I.%I INCLUDING DEFAULTS INCLUDING IDENTITY INCLUDING STORAGE)',
                $2::text, t.relname, $1::text, t.relname)
      || CASE WHEN t.relkind = 'p' THEN ' PARTITION BY ' || pg_get_partkeydef(t.oid) ELSE '' END || ';'
      || coalesce((SELECT string_agg(format('CREATE TABLE %I.%I PARTITION OF %I.%I %s;', $2::text, p.relname, $2::text,
                                            t.relname, pg_get_expr(p.relpartbound, p.oid)), ' ')
                   FROM pg_inherits i JOIN pg_class p ON p.oid = i.inhrelid WHERE i.inhparent = t.oid), '')
      || format('INSERT INTO %I.%I SELECT * FROM %I.%I', $2::text, t.relname, $1::text, t.relname) AS text
  FROM pg_class t JOIN pg_namespace n ON n.oid = t.relnamespace
  WHERE n.nspname = $1 AND t.relkind IN ('r', 'p') AND NOT t.relispartition ORDER BY t.relname`

const constraintsOf = `
  SELECT format('ALTER TABLE %I ADD CONSTRAINT %I %s', t.relname, c.conname, pg_get_constraintdef(c.oid))
      || CASE WHEN c.contype = 'f' AND c.convalidated THEN ' NOT VALID' ELSE '' END AS text
  FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid JOIN pg_namespace n ON n.oid = t.relnamespace
  WHERE n.nspname = $1 AND c.contype IN ('p', 'u', 'c', 'f') AND NOT t.relispartition
  ORDER BY c.contype = 'f', t.relname, c.conname`

const indexesOf = `
  SELECT pg_get_indexdef(i.indexrelid, 0, true) AS text
  FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace
  WHERE n.nspname = $1 AND NOT t.relispartition
    AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = i.indexrelid AND c.contype IN ('p', 'u', 'x'))
  ORDER BY i.indexrelid::regclass::text`
