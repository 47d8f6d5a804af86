import type pg from 'pg'

/** Drops what `DROP DATABASE` leaves: roles of tenants whose database, named by its number, is gone. */
export async function dropLeftRoles(client: pg.Client): Promise<void> {
  const {rows} = await client.query<{name: string}>(
    `SELECT rolname AS name FROM pg_roles WHERE rolname ~ '^pytake_[0-9]+_[0-9a-f]{32}$'
       AND NOT EXISTS (SELECT 1 FROM pg_database WHERE oid::text = split_part(rolname, '_', 2))`,
  )
  // Another test file may be dropping the same one.
  for (const {name} of rows) await client.query(`DROP ROLE IF EXISTS "${name}"`).catch(() => undefined)
}
