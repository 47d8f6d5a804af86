import {sql} from 'kysely'
import {afterAll, beforeAll, describe, expect, inject, it} from 'vitest'
import {systemClock} from '../../src/base/clock.ts'
import {tidyTenant} from '../../src/operations/housekeeping.ts'
import {logHead} from '../../src/store/event-log.ts'
import type {Stores, TenantDb} from '../../src/store/stores.ts'
import {makePlace, type Place} from '../support/stores.ts'

const TENANT = '0192aaaa-0000-7000-8000-00000000000d'
const at = (text: string) => Date.parse(`${text}T12:00:00.000Z`)
const DAY = 24 * 3_600_000
let now = at('2026-01-15')
const clock = {...systemClock, now: () => now}

describe.skipIf(!inject('postgres'))('tables by month on PostgreSQL', () => {
  let place: Place
  let stores: Stores
  let db: TenantDb

  beforeAll(async () => {
    place = await makePlace('postgres')
    stores = await place.open({clock})
    db = stores.tenant(TENANT)
    await stores.migrateTenant(TENANT)
  })
  afterAll(async () => {
    await stores.close()
    await place.remove()
  })

  const partsOf = (table: string) =>
    db.read(async (q) => {
      const {rows} = await sql<{part: string}>`SELECT inhrelid::regclass::text AS part FROM pg_inherits
        WHERE inhparent = to_regclass(${table}) ORDER BY 1`.execute(q)
      return rows.map(({part}) => part.slice(table.length + 1))
    })
  const make = (time: number) => db.months?.make(time)
  const emit = (...times: string[]) =>
    db.write(async (tx) => times.forEach((time) => tx.emit({type: 'x', at: at(time), data: {}})))
  const seqs = () =>
    db.read(async (q) => (await q.selectFrom('events').select('seq').orderBy('seq').execute()).map(({seq}) => seq))

  it('have this month and the next from the start, and one part for every other', async () => {
    for (const table of ['events', 'raw_webhooks'])
      expect(await partsOf(table)).toEqual(['2026_01', '2026_02', 'default'])
    await tidyTenant({clock}, db)
    expect(await partsOf('events')).toEqual(['2026_01', '2026_02', 'default'])
  })

  it('take rows of a month that has no part, and make no part over them', async () => {
    await emit('2026-01-31', '2026-02-01', '2026-07-07')
    expect(await seqs()).toEqual([1, 2, 3])
    await make(at('2026-02-20'))
    await make(at('2026-06-30'))
    expect(await partsOf('events')).toEqual(['2026_01', '2026_02', '2026_03', '2026_06', 'default'])
    await make(at('2026-07-15'))
    expect((await partsOf('events')).slice(-2)).toEqual(['2026_08', 'default'])
    expect((await partsOf('raw_webhooks')).slice(-3)).toEqual(['2026_07', '2026_08', 'default'])
  })

  it('lose whole months', async () => {
    now = at('2026-02-10') + 90 * DAY
    await tidyTenant({clock}, db)
    // The first of February is old as well: it went alone, its month stays.
    expect(await seqs()).toEqual([3])
    expect((await partsOf('events'))[0]).toBe('2026_02')
    expect((await partsOf('raw_webhooks'))[0]).toBe('2026_05')
  })

  it('keep a month that holds an event after one that is kept', async () => {
    await make(at('2028-01-15'))
    now = at('2028-01-01')
    await tidyTenant({clock}, db)
    const {seq} = await logHead(db)
    await emit('2028-02-01', '2028-01-31')
    now = at('2028-02-01') + 90 * DAY - 1
    await tidyTenant({clock}, db)
    expect(await partsOf('events')).toContain('2028_01')
    expect(await seqs()).toEqual([seq + 1, seq + 2])
    now += DAY
    await tidyTenant({clock}, db)
    expect(await partsOf('events')).not.toContain('2028_01')
    expect(await seqs()).toEqual([])
  })

  it('keep nobody waiting: what is being read is dropped next time', async () => {
    await make(at('2029-01-15'))
    let release = () => undefined as void
    const held = new Promise<void>((resolve) => (release = resolve))
    let holds = () => undefined as void
    const holding = new Promise<void>((resolve) => (holds = resolve))
    const reader = db.read(async (q) => {
      await q.selectFrom('events').select('seq').execute()
      holds()
      await held
    })
    await holding
    expect(await db.months?.drop('events', at('2030-01-01'))).toBe(0)
    release()
    await reader
    expect(await db.months?.drop('events', at('2030-01-01'))).toBeGreaterThan(0)
    expect(await partsOf('events')).toEqual(['default'])
  })
})
