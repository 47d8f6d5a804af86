import type pg from 'pg'
import {messageOf} from '../../base/errors.ts'
import type {Logger} from '../../observability/logger.ts'
import {codeOf} from '../unavailable.ts'
import {inTransaction, type Queryable} from './transaction.ts'

const NOT_ALLOWED = '42501'
const STILL_NEEDED = '2BP01'
const WITH_SET = 160_000

/**
 * A role for each tenant, with rights on that tenant's rows and on nothing else. The connecting user owns the schemas
 * and changes tables; ordinary transactions put this role on, so the database itself refuses a query that names
 * another tenant's table.
 *
 * What it cannot stop: a statement of ours that takes the role off (`RESET ROLE`, `set_config('role', …)`), because a
 * session may always go back to its own user. Such words in raw SQL outside this folder are a lint error, one statement
 * never carries a second, and the next transaction puts its own role on again. Nor is it a wall against who holds the
 * password of DATABASE_URL.
 */
export interface TenantRoles {
  /** The role for a schema that is up to date, made where it is missing; undefined where roles may not be made. */
  ensure(schema: string, tenantId: string): Promise<string | undefined>
  /** Takes a tenant's role away; `schema` is where its rights are, if that is still there. Idempotent. */
  drop(schema: string, tenantId: string): Promise<void>
}

interface RoleState {
  made: boolean
  usable: boolean
  granted: boolean
}

export async function openRoles(pool: pg.Pool, log: Pick<Logger, 'warn'>): Promise<TenantRoles> {
  const {rows} = await pool.query<{database: number; creates: boolean; version: number}>(
    `SELECT d.oid::int8 AS database, r.rolsuper OR r.rolcreaterole AS creates,
            current_setting('server_version_num')::int AS version
     FROM pg_database d, pg_roles r WHERE d.datname = current_database() AND r.rolname = current_user`,
  )
  const server = rows[0] ?? {database: 0, creates: false, version: 0}
  // Roles belong to the whole server: the database's number keeps two installations on it apart.
  const roleOf = (tenantId: string) => `pytake_${server.database}_${tenantId.replaceAll('-', '')}`
  const withSet = server.version >= WITH_SET
  let told = false
  const tell = (reason: string) => {
    if (!told) log.warn({reason}, 'tenants have no database roles of their own: search_path alone keeps them apart')
    told = true
  }

  return {
    async ensure(schema, tenantId) {
      const role = roleOf(tenantId)
      const state = await stateOf(pool, {schema, role, right: withSet ? 'SET' : 'MEMBER'})
      if (state.made && state.usable && state.granted) return role
      if (!server.creates && !(state.made && state.usable)) {
        tell('the database user lacks CREATEROLE')
        return undefined
      }
      try {
        await make(pool, {schema, role, withSet, usable: state.usable})
        return role
      } catch (error) {
        if (codeOf(error) !== NOT_ALLOWED) throw error
        tell(messageOf(error))
        return undefined
      }
    },
    async drop(schema, tenantId) {
      const role = roleOf(tenantId)
      try {
        await inTransaction(pool, (client) => remove(client, schema, role))
      } catch (error) {
        // The data is out of reach all the same: the schema has another name, or is gone.
        if (![NOT_ALLOWED, STILL_NEEDED].includes(codeOf(error))) throw error
        log.warn({role, reason: messageOf(error)}, 'the role of a removed tenant could not be dropped')
      }
    },
  }
}

interface Wanted {
  schema: string
  role: string
}

/** One look at everything, because nearly always nothing is missing. A grant covers all rights, so one stands for them. */
async function stateOf(db: Queryable, {schema, role, right}: Wanted & {right: string}): Promise<RoleState> {
  const {rows} = await db.query<RoleState>(
    `SELECT true AS made, pg_has_role(current_user, r.oid, $3) AS usable,
            has_schema_privilege(r.oid, n.oid, 'USAGE') AND NOT EXISTS (
              SELECT 1 FROM pg_class c WHERE c.relnamespace = n.oid AND c.relkind IN ('r', 'p')
                AND NOT c.relispartition AND NOT has_table_privilege(r.oid, c.oid, 'INSERT')) AS granted
     FROM pg_roles r, pg_namespace n WHERE r.rolname = $2 AND n.nspname = $1`,
    [schema, role, right],
  )
  return rows[0] ?? {made: false, usable: false, granted: false}
}

/**
 * Who makes a role may hand it out: PostgreSQL 15 lets every CREATEROLE user do so, from 16 on the maker is its
 * administrator but has to allow itself to put it on.
 */
async function make(pool: pg.Pool, {schema, role, withSet, usable}: Wanted & {withSet: boolean; usable: boolean}) {
  await inTransaction(pool, async (client) => {
    await client.query(`SELECT pg_advisory_xact_lock(hashtext('${schema}'))`)
    const {rowCount} = await client.query('SELECT 1 FROM pg_roles WHERE rolname = $1', [role])
    if (rowCount === 0) await client.query(`CREATE ROLE "${role}" NOLOGIN`)
    const {rows} = await client.query<{superuser: boolean}>(
      'SELECT rolsuper AS superuser FROM pg_roles WHERE rolname = current_user',
    )
    if (!usable && !rows[0]?.superuser)
      await client.query(`GRANT "${role}" TO CURRENT_USER${withSet ? ' WITH INHERIT FALSE, SET TRUE' : ''}`)
    await client.query(`GRANT USAGE ON SCHEMA "${schema}" TO "${role}";
      GRANT SELECT, INSERT, UPDATE, DELETE ON ALL TABLES IN SCHEMA "${schema}" TO "${role}"`)
  })
}

async function remove(client: Queryable, schema: string, role: string): Promise<void> {
  const {rows} = await client.query<{role: boolean; schema: boolean}>(
    `SELECT EXISTS (SELECT 1 FROM pg_roles WHERE rolname = $1) AS role,
            EXISTS (SELECT 1 FROM pg_namespace WHERE nspname = $2) AS schema`,
    [role, schema],
  )
  if (!rows[0]?.role) return
  if (rows[0].schema)
    await client.query(`REVOKE ALL ON ALL TABLES IN SCHEMA "${schema}" FROM "${role}";
      REVOKE ALL ON SCHEMA "${schema}" FROM "${role}"`)
  await client.query(`DROP ROLE "${role}"`)
}
