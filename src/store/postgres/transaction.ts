import type pg from 'pg'

export type Queryable = Pick<pg.ClientBase, 'query'>

/** One transaction of the connecting user: schemas, roles and parts of tables, never rows of a tenant. */
export async function inTransaction<T>(pool: pg.Pool, run: (client: Queryable) => Promise<T>): Promise<T> {
  const client = await pool.connect()
  let broken: Error | undefined
  try {
    await client.query('BEGIN; SET LOCAL ROLE NONE')
    const result = await run(client)
    await client.query('COMMIT')
    return result
  } catch (error) {
    await client.query('ROLLBACK').catch((lost: Error) => (broken = lost))
    throw error
  } finally {
    client.release(broken)
  }
}
