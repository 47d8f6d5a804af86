import {sql} from 'kysely'
import {afterAll, beforeAll, expect, it} from 'vitest'
import {countRows} from '../../src/store/count-rows.ts'
import type {Stores, TenantDb} from '../../src/store/stores.ts'
import {onBothEngines} from '../support/stores.ts'

const TENANT = '01890000-0000-7000-8000-00000000000a'
const MANY = 30

onBothEngines('rows are counted', (place) => {
  let stores: Stores
  let db: TenantDb

  beforeAll(async () => {
    stores = await place().open()
    await stores.migrateTenant(TENANT)
    db = stores.tenant(TENANT)
    const at = new Date(0)
    const rows = Array.from({length: MANY}, (_, n) => ({
      ...{id: `01890000-0000-7000-8000-0000000001${String(n).padStart(2, '0')}`, tenant_id: TENANT},
      ...{phone: `+55119876500${String(n).padStart(2, '0')}`, opted_in: n % 3 === 0, created_at: at, updated_at: at},
    }))
    await db.write((tx) => tx.insert('contacts', rows))
  })
  afterAll(() => stores.close())

  const contacts = (most?: number) => db.read((q) => countRows(q, q.selectFrom('contacts').selectAll(), most))
  const consenting = (most?: number) =>
    db.read((q) => countRows(q, q.selectFrom('contacts').selectAll().where('opted_in', '=', true), most))

  it('all of a table, and those that a filter leaves', async () => {
    expect([await contacts(), await contacts(MANY), await consenting(), await consenting(10)]).toEqual([30, 30, 10, 10])
  })

  it('up to a bound, beyond which the number only is more', async () => {
    expect(await contacts(20)).toBeGreaterThan(20)
    expect(await consenting(5)).toBe(6)
    // A table that has had many rows is not looked at as a whole.
    if (db.engine === 'sqlite') {
      await db.write((tx) => sql`update contacts set rowid = 1000000 where phone = '+5511987650029'`.execute(tx.db))
    }
    expect(await contacts(20)).toBeGreaterThan(20)
    expect(await contacts(MANY)).toBe(MANY)
  })

  it('without those that were deleted, and none where there are none', async () => {
    await db.write((tx) => tx.db.deleteFrom('contacts').where('opted_in', '=', true).execute())
    expect(await contacts(MANY)).toBe(20)
    await db.write((tx) => tx.db.deleteFrom('contacts').execute())
    expect([await contacts(MANY), await consenting(MANY)]).toEqual([0, 0])
  })
})
