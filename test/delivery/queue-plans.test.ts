import {type CompiledQuery, sql} from 'kysely'
import {afterAll, beforeAll, expect, it} from 'vitest'
import {claim} from '../../src/delivery/claim.ts'
import {lanesDue} from '../../src/delivery/lanes-due.ts'
import {unknownDue} from '../../src/delivery/settle-unknown.ts'
import {doubtSending, requeueClaimed} from '../../src/delivery/take-over.ts'
import type {Tx} from '../../src/store/database.ts'
import {dialects} from '../../src/store/migration.ts'
import {tenantMigrations} from '../../src/store/migrations/list.ts'
import type {TenantSchema} from '../../src/store/schema/tenant.ts'
import {kyselyOnSqlite, SqliteConnection} from '../../src/store/sqlite/connection.ts'

let connection: SqliteConnection
let asked: CompiledQuery[] = []
const db = kyselyOnSqlite<TenantSchema>((query) => {
  asked.push(query)
  return Promise.resolve(connection.execute(query))
})
const tx = {engine: 'sqlite', db, update: () => Promise.resolve()} as unknown as Tx<TenantSchema>

beforeAll(async () => {
  connection = new SqliteConnection(':memory:', {readonly: false})
  for (const migration of tenantMigrations)
    for (const statement of migration.statements(dialects.sqlite)) await sql.raw(statement).execute(db)
  asked = []
})
afterAll(() => connection.close())

/** How SQLite would reach the rows of the queue, for each statement asked since. */
const plans = () =>
  asked.flatMap(({sql: text, parameters}) =>
    connection
      .all(`EXPLAIN QUERY PLAN ${text}`, parameters)
      .map(({detail}) => String(detail))
      .filter((detail) => /\b(outbox|o|e)\b/.test(detail.replace(/USING.*/, ''))),
  )

it('reaches the rows it needs without going through all that waits', async () => {
  const now = Date.parse('2026-03-01T12:00:00Z')
  const successor = {configId: 'a', epoch: 2, dead: 1, now}
  await lanesDue(db, now)
  await unknownDue(db, now)
  await claim(tx, 'a', {now, limit: 32})
  await requeueClaimed(tx, successor)
  await doubtSending(tx, successor)
  const found = plans()
  // One by its place in the queue for each priority, or the few that have left it; never the number's whole queue.
  const bounded = [
    /USING (COVERING )?INDEX idx_outbox_queued \(config_id=\? AND priority=\?/,
    /USING (COVERING )?INDEX idx_outbox_open\b/,
    /USING (COVERING )?INDEX idx_outbox_recipient \(recipient=\? AND id</,
  ]
  expect(found.filter((plan) => !bounded.some((way) => way.test(plan)))).toEqual([])
  expect(found.length).toBeGreaterThanOrEqual(9)
})
