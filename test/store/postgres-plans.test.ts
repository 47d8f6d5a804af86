import {type RawBuilder, sql} from 'kysely'
import {afterAll, beforeAll, describe, expect, inject, it} from 'vitest'
import {isOpenOf} from '../../src/conversations/load.ts'
import type {Stores, TenantDb} from '../../src/store/stores.ts'
import {makePlace, type Place} from '../support/stores.ts'

const TENANT = '0192aaaa-0000-7000-8000-00000000000e'
const ROWS = 4000

const idOf = (n: number) => `0192aaaa-0000-7000-8000-${n.toString(16).padStart(12, '0')}`

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
    const plan = await planOf(sql`SELECT id FROM inbox WHERE dedupe_key = ANY(${keys})`)
    expect(plan).toContain('idx_inbox_dedupe')
    expect(plan).not.toContain('Seq Scan')
  })

  it('has the open conversations of a few people found without a look at those of all others', async () => {
    const at = new Date(0)
    const people = Array.from({length: ROWS}, (_, n) => ({
      id: idOf(n),
      tenant_id: TENANT,
      created_at: at,
      updated_at: at,
    }))
    await db.write(async (tx) => {
      await tx.insert('contacts', people)
      await tx.insert(
        'conversations',
        people.map((row) => ({
          ...row,
          whatsapp_config_id: TENANT,
          contact_id: row.id,
          status: 'active',
          holder: 'bot',
          reply_to: 'x',
        })),
      )
    })
    const some = people.slice(0, 256).map(({id}) => id)
    const plan = await planOf(sql`SELECT * FROM conversations WHERE ${isOpenOf('postgres', some)} FOR UPDATE`)
    expect(plan).toContain('idx_conversations_open')
    expect(plan).not.toContain('idx_conversations_status')
    expect(plan).not.toContain('Seq Scan')
  })

  const planOf = (query: RawBuilder<unknown>) =>
    db.write(async ({db: q}) => {
      const {rows} = await sql<{'QUERY PLAN': string}>`EXPLAIN ${query}`.execute(q)
      return rows.map((row) => row['QUERY PLAN']).join('\n')
    })
})
