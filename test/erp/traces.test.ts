import {afterAll, beforeAll, expect, it} from 'vitest'
import {isLinked, linkCustomer, noteBirthDate, noteLookup} from '../../src/erp/traces.ts'
import type {Stores} from '../../src/store/stores.ts'
import {manualClock} from '../support/manual-clock.ts'
import {onBothEngines} from '../support/stores.ts'

const TENANT = '0192aaaa-0000-7000-8000-000000000001'
const contact = (n: number) => `0192bbbb-0000-7000-8000-00000000000${n}`

onBothEngines('what look-ups leave behind', (place) => {
  const clock = manualClock()
  let stores: Stores
  beforeAll(async () => {
    stores = await place().open({clock})
    await stores.migrateTenant(TENANT)
  })
  afterAll(() => stores.close())

  it('five documents a day for each contact, the same one as often as one likes', async () => {
    const db = stores.tenant(TENANT)
    const ask = (who: number, document: string) => noteLookup({clock}, db, contact(who), document)
    for (const document of ['1', '2', '3', '4', '5', '1', '5']) expect(await ask(1, document)).toBe(true)
    expect(await ask(1, '6')).toBe(false)
    expect(await ask(1, '2')).toBe(true)
    expect(await ask(2, '6')).toBe(true)
    clock.skip(24 * 3_600_000)
    expect(await ask(1, '6')).toBe(true)
    const rows = await db.read((q) => q.selectFrom('erp_lookups').selectAll().execute())
    // Of days that are over nothing is kept, and no mark says which document it was.
    expect(rows.filter(({contact_id: id}) => id === contact(1))).toHaveLength(1)
    expect(rows.every(({mark}) => mark.length === 3)).toBe(true)
  })

  it('five birth dates a day for each contact, beside the documents, and no calendar', async () => {
    const db = stores.tenant(TENANT)
    const say = (who: number, date: string) => noteBirthDate({clock}, db, contact(who), date)
    const days = ['1980-01-01', '1980-01-02', '1980-01-03', '1980-01-04', '1980-01-05']
    for (const date of [...days, '1980-01-01']) expect(await say(5, date)).toBe(true)
    expect(await say(5, '1980-01-06')).toBe(false)
    expect(await say(5, '1980-01-03')).toBe(true)
    expect(await noteLookup({clock}, db, contact(5), '1')).toBe(true)
    expect(await say(6, '1980-01-06')).toBe(true)
    clock.skip(24 * 3_600_000)
    expect(await say(5, '1980-01-06')).toBe(true)
  })

  it('a customer is linked to the contact who was found to be it', async () => {
    const db = stores.tenant(TENANT)
    const link = {connectionId: contact(9), customerId: '11', contactId: contact(1)}
    expect(await isLinked(db, link)).toBe(false)
    await linkCustomer({clock}, db, link)
    await linkCustomer({clock}, db, link)
    expect(await isLinked(db, link)).toBe(true)
    expect(await isLinked(db, {...link, contactId: contact(2)})).toBe(false)
    expect(await isLinked(db, {...link, customerId: '12'})).toBe(false)
  })
})
