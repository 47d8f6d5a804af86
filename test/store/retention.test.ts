import {afterAll, beforeAll, expect, it} from 'vitest'
import {systemClock} from '../../src/base/clock.ts'
import {tidyControl, tidyTenant} from '../../src/operations/housekeeping.ts'
import {isCannotResume, logHead, readEvents, resumeAt} from '../../src/store/event-log.ts'
import type {Stores, TenantDb} from '../../src/store/stores.ts'
import {onBothEngines} from '../support/stores.ts'

const TENANT = '0192aaaa-0000-7000-8000-00000000000d'
const at = (text: string) => Date.parse(`${text}T12:00:00.000Z`)
const DAY = 24 * 3_600_000
let now = 0
const clock = {...systemClock, now: () => now}

onBothEngines('what need not be kept', (place) => {
  let stores: Stores
  let db: TenantDb

  beforeAll(async () => {
    now = at('2026-01-15')
    stores = await place().open({clock})
    db = stores.tenant(TENANT)
    await stores.migrateTenant(TENANT)
  })
  afterAll(() => stores.close())

  const emit = (times: number[]) =>
    db.write(async (tx) => times.forEach((time) => tx.emit({type: 'x', at: time, data: {}})))
  const seqs = () =>
    db.read(async (q) => (await q.selectFrom('events').select('seq').orderBy('seq').execute()).map(({seq}) => seq))

  it('goes when it is old, and a cursor before it is refused', async () => {
    await emit(['2026-01-10', '2026-01-31', '2026-02-01', '2026-02-20', '2026-05-01'].map(at))
    await db.write((tx) =>
      tx.insert('raw_webhooks', [
        {id: '0192cccc-0000-7000-8000-000000000001', body: '{}', created_at: new Date(at('2025-12-31'))},
        {id: '0192cccc-0000-7000-8000-000000000002', body: '{}', created_at: new Date(at('2026-05-10'))},
      ]),
    )
    const head = await logHead(db)
    now = at('2026-02-10') + 90 * DAY
    await tidyTenant({clock}, db)
    expect(await seqs()).toEqual([4, 5])
    expect(await db.read((q) => q.selectFrom('raw_webhooks').select('id').execute())).toHaveLength(1)
    expect(await resumeAt(db, {...head, seq: 3})).toBe(3)
    for (const seq of [0, 2]) {
      const refused = await readEvents(db, {after: seq, limit: 5}).catch((error: unknown) => error)
      expect(isCannotResume(refused)).toBe(true)
    }
  })

  it('leaves no hole where a clock that was behind wrote between younger events', async () => {
    const {seq} = await logHead(db)
    await emit(['2027-01-20', '2026-10-01', '2027-02-01'].map(at))
    now = at('2027-03-01')
    await tidyTenant({clock}, db)
    expect(await seqs()).toEqual([seq + 1, seq + 2, seq + 3])
    now = at('2027-01-25') + 90 * DAY
    await tidyTenant({clock}, db)
    expect(await seqs()).toEqual([seq + 3])
  })

  it('is deleted in batches, and numbers go on where they were', async () => {
    const {seq} = await logHead(db)
    now = at('2028-12-01')
    await emit(Array.from({length: 2500}, () => now - 100 * DAY))
    expect(await tidyTenant({clock}, db)).toBeGreaterThanOrEqual(2500)
    expect(await seqs()).toEqual([])
    await emit([now])
    expect(await seqs()).toEqual([seq + 2501])
  })

  it('goes from the log of the installation as well', async () => {
    await stores.control.write(async (tx) => {
      for (const time of [now - 91 * DAY, now]) tx.emit({type: 'x', at: time, data: {}})
    })
    await tidyControl({clock}, stores.control)
    const left = await stores.control.read((q) => q.selectFrom('events').select('created_at').execute())
    expect(left).toEqual([{created_at: new Date(now)}])
  })
})
