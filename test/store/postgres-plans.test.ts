import {sql} from 'kysely'
import {afterAll, beforeAll, describe, expect, inject, it} from 'vitest'
import type {Stores, TenantDb} from '../../src/store/stores.ts'
import {makePlace, type Place} from '../support/stores.ts'

const TENANT = '0192aaaa-0000-7000-8000-00000000000e'
const ROWS = 4000

describe.skipIf(!inject('postgres'))('a tenant that PostgreSQL has no statistics of yet', () => {
  let place: Place
  let stores: Stores
  let db: TenantDb

  beforeAll(async () => {
    place = await makePlace('postgres')
    stores = await place.open()
    await stores.migrateTenant(TENANT)
    db = stores.tenant(TENANT)
    await db.write((tx) =>
      tx.insert(
        'inbox',
        Array.from({length: ROWS}, (_, n) => ({
          key: `k${n}`,
          config_id: TENANT,
          kind: 'message',
          dedupe_key: `d${n}`,
          body: '{}',
          state: 'done',
          attempts: 1,
          received_at: new Date(0),
        })),
      ),
    )
  })
  afterAll(async () => {
    await stores.close()
    await place.remove()
  })

  it('is written to by way of its indexes, however large a batch is', async () => {
    const keys = Array.from({length: 256}, (_, n) => `d${n * 3}`)
    const plan = await db.write(async ({db: q}) => {
      const {rows} = await sql<{'QUERY PLAN': string}>`
        EXPLAIN SELECT id FROM inbox WHERE dedupe_key = ANY(${keys})`.execute(q)
      return rows.map((row) => row['QUERY PLAN']).join('\n')
    })
    expect(plan).toContain('idx_inbox_dedupe')
    expect(plan).not.toContain('Seq Scan')
  })
})
