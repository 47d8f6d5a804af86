import {sql} from 'kysely'
import type {Database} from '../../src/store/database.ts'

export interface Column {
  /** As the engine writes it. */
  type: string
  nullable: boolean
  default: string | null
}

export interface Index {
  table: string
  columns: string
  unique: boolean
  partial: boolean
}

/** What a database says of itself: tables without parts of tables, indexes without those that keys bring. */
export interface Catalogue {
  tables: Record<string, Record<string, Column>>
  keys: Record<string, string>
  indexes: Record<string, Index>
  /** Columns that alone or together are unique by a constraint, as "table(column)". */
  unique: string[]
  /** As "table(column) -> table". */
  references: string[]
}

type AnyDb = Pick<Database<never>, 'engine' | 'read'>

export function readCatalogue(database: unknown): Promise<Catalogue> {
  const db = database as AnyDb
  return db.engine === 'sqlite' ? readSqlite(db) : readPostgres(db)
}

async function rowsOf<T>(db: AnyDb, text: string): Promise<T[]> {
  return db.read(async (q) => (await sql.raw<T>(text).execute(q)).rows)
}

interface ColumnRow {
  t: string
  c: string
  type: string
  notnull: boolean | number
  fallback: string | null
}

interface KeyRow {
  t: string
  columns: string
}

interface IndexRow extends KeyRow {
  i: string
  u: boolean | number
  partial: boolean | number
}

interface Raw {
  columns: ColumnRow[]
  keys: KeyRow[]
  indexes: IndexRow[]
  unique: KeyRow[]
  references: (KeyRow & {target: string})[]
}

function assemble({columns, keys, indexes, unique, references}: Raw): Catalogue {
  const tables: Catalogue['tables'] = {}
  for (const {t, c, type, notnull, fallback} of columns)
    (tables[t] ??= {})[c] = {type, nullable: !notnull, default: fallback}
  return {
    tables,
    keys: Object.fromEntries(keys.map(({t, columns: of}) => [t, of])),
    indexes: Object.fromEntries(
      indexes.map(({i, t, columns: of, u, partial}) => [
        i,
        {table: t, columns: of, unique: Boolean(u), partial: Boolean(partial)},
      ]),
    ),
    unique: unique.map(({t, columns: of}) => `${t}(${of})`).sort(),
    references: references.map(({t, columns: of, target}) => `${t}(${of}) -> ${target}`).sort(),
  }
}

const ofSqlite = "FROM sqlite_master m WHERE m.type = 'table' AND m.name NOT LIKE 'sqlite_%'"

async function readSqlite(db: AnyDb): Promise<Catalogue> {
  const from = ofSqlite.replace('WHERE', ', pragma_table_info(m.name) p WHERE')
  const indexes = ofSqlite.replace('WHERE', ', pragma_index_list(m.name) l WHERE')
  const ofIndex = `(SELECT group_concat(name || iif("desc", ' DESC', ''), ',') FROM
    (SELECT x.name, x."desc" FROM pragma_index_xinfo(l.name) x WHERE x.key = 1 ORDER BY x.seqno))`
  return assemble({
    columns: await rowsOf(
      db,
      `SELECT m.name AS t, p.name AS c, p.type, max(p."notnull", p.pk > 0) AS "notnull", p.dflt_value AS fallback ${from}`,
    ),
    keys: await rowsOf(
      db,
      `SELECT t, group_concat(name, ',') AS columns FROM
        (SELECT m.name AS t, p.name ${from} AND p.pk > 0 ORDER BY m.name, p.pk) GROUP BY t`,
    ),
    indexes: await rowsOf(
      db,
      `SELECT l.name AS i, m.name AS t, ${ofIndex} AS columns, l."unique" AS u, l.partial ${indexes} AND l.origin = 'c'`,
    ),
    unique: await rowsOf(db, `SELECT m.name AS t, ${ofIndex} AS columns ${indexes} AND l.origin = 'u'`),
    references: await rowsOf(
      db,
      `SELECT m.name AS t, f."from" AS columns, f."table" AS target
        ${ofSqlite.replace('WHERE', ', pragma_foreign_key_list(m.name) f WHERE')}`,
    ),
  })
}

const ofPostgres = `JOIN pg_namespace n ON n.oid = t.relnamespace
  WHERE n.nspname = current_schema() AND t.relkind IN ('r', 'p') AND NOT t.relispartition`
const keyColumns = `(SELECT string_agg(a.attname, ',' ORDER BY k.n) FROM unnest(c.conkey) WITH ORDINALITY AS k(num, n)
  JOIN pg_attribute a ON a.attrelid = t.oid AND a.attnum = k.num)`
const constraints = (kind: string, more = '') => `SELECT t.relname AS t, ${keyColumns} AS columns${more}
  FROM pg_constraint c JOIN pg_class t ON t.oid = c.conrelid ${ofPostgres} AND c.contype = '${kind}'`

async function readPostgres(db: AnyDb): Promise<Catalogue> {
  return assemble({
    columns: await rowsOf(
      db,
      `SELECT t.relname AS t, a.attname AS c, format_type(a.atttypid, a.atttypmod) AS type, a.attnotnull AS "notnull",
         pg_get_expr(d.adbin, d.adrelid) AS fallback
       FROM pg_attribute a JOIN pg_class t ON t.oid = a.attrelid AND a.attnum > 0 AND NOT a.attisdropped
       LEFT JOIN pg_attrdef d ON d.adrelid = t.oid AND d.adnum = a.attnum ${ofPostgres}`,
    ),
    keys: await rowsOf(db, constraints('p')),
    indexes: await rowsOf(
      db,
      `SELECT x.relname AS i, t.relname AS t, i.indisunique AS u, i.indpred IS NOT NULL AS partial,
         (SELECT string_agg(pg_get_indexdef(x.oid, k, true) || CASE WHEN i.indoption[k - 1] & 1 = 1 THEN ' DESC' ELSE '' END,
            ',' ORDER BY k) FROM generate_series(1, i.indnkeyatts) AS k) AS columns
       FROM pg_index i JOIN pg_class x ON x.oid = i.indexrelid JOIN pg_class t ON t.oid = i.indrelid ${ofPostgres}
         AND NOT EXISTS (SELECT 1 FROM pg_constraint c WHERE c.conindid = x.oid AND c.contype IN ('p', 'u'))`,
    ),
    unique: await rowsOf(db, constraints('u')),
    references: await rowsOf(
      db,
      constraints('f', ', (SELECT relname FROM pg_class WHERE oid = c.confrelid) AS target'),
    ),
  })
}
