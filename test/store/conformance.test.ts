import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {toJson} from '../../src/store/columns.ts'
import {tenantMigrations} from '../../src/store/migrations/list.ts'
import type {Stores, TenantDb} from '../../src/store/stores.ts'
import {onBothEngines} from '../support/stores.ts'

const TENANT = '0192aaaa-0000-7000-8000-000000000001'
const OTHER = '0192aaaa-0000-7000-8000-000000000002'
const at = new Date('2026-11-23T12:00:00.123Z')

onBothEngines('a tenant database', (place) => {
  let stores: Stores
  let db: TenantDb
  const contact = (n: number) => ({
    id: `0192bbbb-0000-7000-8000-${String(n).padStart(12, '0')}`,
    tenant_id: TENANT,
    phone: `+55119${String(n).padStart(8, '0')}`,
    name: `Pessoa ${n}`,
    tags: ['vip', 'sul "x"'],
    attributes: toJson({plano: 'fibra', valores: [1, 2], nada: null}),
    opted_in: true,
    created_at: at,
    updated_at: at,
  })

  beforeAll(async () => {
    stores = await place().open()
    expect((await stores.migrateTenant(TENANT)).applied).toEqual(tenantMigrations.map(({name}) => name))
    expect((await stores.migrateTenant(TENANT)).applied).toEqual([])
    db = stores.tenant(TENANT)
  })
  afterAll(() => stores.close())

  it('gives back times, booleans, tags and JSON as they were written', async () => {
    await db.write((tx) => tx.insert('contacts', [contact(1), contact(2)]))
    const row = await db.read((q) =>
      q.selectFrom('contacts').selectAll().where('name', '=', 'Pessoa 1').executeTakeFirstOrThrow(),
    )
    expect(row).toMatchObject({
      tags: ['vip', 'sul "x"'],
      opted_in: true,
      attributes: {plano: 'fibra', valores: [1, 2], nada: null},
      email: null,
    })
    expect(row.created_at).toEqual(at)
  })

  it('inserts only what is new and says which, also within one batch', async () => {
    const fresh = await db.write((tx) =>
      tx.insertNew('contacts', ['phone'], [contact(2), contact(3), {...contact(3), id: contact(4).id}]),
    )
    expect(fresh).toEqual([false, true, false])
  })

  it('updates many rows by key', async () => {
    await db.write((tx) =>
      tx.update(
        'contacts',
        ['id'],
        [
          {id: contact(1).id, name: 'Um', opted_in: false, attributes: toJson({a: 1})},
          {id: contact(2).id, name: null, opted_in: true, attributes: null},
        ],
      ),
    )
    const rows = await db.read((q) =>
      q.selectFrom('contacts').select(['name', 'opted_in', 'attributes']).orderBy('id').limit(2).execute(),
    )
    expect(rows).toEqual([
      {name: 'Um', opted_in: false, attributes: {a: 1}},
      {name: null, opted_in: true, attributes: null},
    ])
  })

  it('keeps any text: quotes, emoji, right-to-left marks, lone surrogates and control characters do not break a write', async () => {
    const hostile = 'a\u0007"\\u0000\u202e😀'.repeat(50)
    await db.write((tx) =>
      tx.insert('contacts', [
        {...contact(9), name: 'lone \ud800 nul \u0000 end', attributes: toJson({hostile, nul: '\u0000'})},
      ]),
    )
    const row = await db.read((q) =>
      q.selectFrom('contacts').select(['name', 'attributes']).where('id', '=', contact(9).id).executeTakeFirstOrThrow(),
    )
    expect(row.attributes).toMatchObject({hostile})
    expect(row.name).toMatch(/^lone .+ nul . end$/su)
  })

  it('appends events without gaps, in commit order, from many writers at once', async () => {
    await Promise.all(
      Array.from({length: 40}, (_, n) =>
        db
          .write(async (tx) => {
            tx.emit({type: 'a', at: at.getTime(), data: {n}})
            if (n % 10 === 3) throw new Error('rolled back')
            tx.emit({type: 'b', at: at.getTime(), data: {n}})
          })
          .catch(() => undefined),
      ),
    )
    const rows = await db.read((q) => q.selectFrom('events').selectAll().orderBy('seq').execute())
    expect(rows.map((row) => row.seq)).toEqual(Array.from({length: 72}, (_, n) => n + 1))
    for (let i = 0; i < rows.length; i += 2)
      expect([rows[i]?.type, rows[i + 1]?.type, rows[i]?.data.n]).toEqual(['a', 'b', rows[i + 1]?.data.n])
    expect(rows[0]?.created_at).toEqual(at)
  })

  it('rolls everything back when the work fails', async () => {
    const before = await db.read((q) =>
      q
        .selectFrom('contacts')
        .select((e) => e.fn.countAll<number>().as('n'))
        .executeTakeFirstOrThrow(),
    )
    await expect(
      db.write(async (tx) => {
        await tx.insert('contacts', [contact(77)])
        throw new Error('no')
      }),
    ).rejects.toThrow('no')
    const after = await db.read((q) =>
      q
        .selectFrom('contacts')
        .select((e) => e.fn.countAll<number>().as('n'))
        .executeTakeFirstOrThrow(),
    )
    expect(after).toEqual(before)
  })

  it('takes several statements at once, in their order, and writes nothing of them when one fails', async () => {
    const named = async () => {
      const rows = await db.read((q) =>
        q
          .selectFrom('contacts')
          .select('name')
          .where('id', 'in', [contact(51).id, contact(52).id])
          .execute(),
      )
      return rows.map(({name}) => name).sort()
    }
    await db.write(async (tx) => {
      await Promise.all([
        tx.insert('contacts', [contact(51)]),
        tx.update('contacts', ['id'], [{id: contact(51).id, name: 'Um'}]),
        tx.update('contacts', ['id'], [{id: contact(51).id, name: 'Dois'}]),
      ])
    })
    expect(await named()).toEqual(['Dois'])
    await expect(
      db.write(async (tx) => {
        await Promise.all([
          tx.update('contacts', ['id'], [{id: contact(51).id, name: 'Três'}]),
          tx.insert('contacts', [contact(51)]),
          tx.insert('contacts', [contact(52)]),
        ])
      }),
    ).rejects.toThrow()
    // What was to come after the failure would be written outside of any transaction.
    await db.write((tx) => tx.update('contacts', ['id'], [{id: contact(2).id, opted_in: true}]))
    expect(await named()).toEqual(['Dois'])
  })

  describe('statements that are left to the commit', () => {
    const written = () =>
      db.read(async (q) => {
        const rows = await q
          .selectFrom('contacts')
          .select('name')
          .where('id', 'in', [contact(61).id, contact(62).id])
          .orderBy('id')
          .execute()
        const head = await q.selectFrom('log_head').select('seq').executeTakeFirstOrThrow()
        return {names: rows.map(({name}) => name), seq: Number(head.seq)}
      })
    const unsendable = {
      toJSON: () => {
        throw new Error('this has no text')
      },
    }

    it('are written with what was given before and after them, events last', async () => {
      const before = await written()
      await db.write(async (tx) => {
        tx.leave(tx.insert('contacts', [contact(61)]))
        await tx.update('contacts', ['id'], [{id: contact(61).id, name: 'Um'}])
        tx.leave(
          tx.insert('contacts', [contact(62)]),
          tx.update('contacts', ['id'], [{id: contact(62).id, name: 'Dois'}]),
        )
        tx.emit({type: 'left', at: 1, data: {}})
      })
      expect(await written()).toEqual({names: ['Um', 'Dois'], seq: before.seq + 1})
    })

    it.each([
      ['that the engine refuses', () => contact(61)],
      ['that cannot even be sent', () => ({...contact(63), name: unsendable as never})],
    ])('take all others and the events along when there is one %s', async (_, row) => {
      const before = await written()
      const failing = db.write((tx) => {
        tx.emit({type: 'left', at: 1, data: {}})
        tx.leave(
          tx.update('contacts', ['id'], [{id: contact(61).id, name: 'Três'}]),
          tx.insert('contacts', [row()]),
          tx.update('contacts', ['id'], [{id: contact(62).id, name: 'Quatro'}]),
        )
        return Promise.resolve()
      })
      await expect(failing).rejects.toThrow()
      await db.write((tx) => tx.update('contacts', ['id'], [{id: contact(2).id, opted_in: true}]))
      expect(await written()).toEqual(before)
    })

    it('fail no louder than their transaction, long before its end', async () => {
      const before = await written()
      const loud: unknown[] = []
      const listen = (error: unknown) => void loud.push(error)
      process.prependListener('unhandledRejection', listen)
      const failing = db.write(async (tx) => {
        tx.leave(Promise.reject(new Error('left and failed')), tx.insert('contacts', [contact(63)]))
        for (let n = 0; n < 3; n++) await new Promise(setImmediate)
        throw new Error('failed as well')
      })
      await expect(failing).rejects.toThrow('failed as well')
      process.off('unhandledRejection', listen)
      expect(loud).toEqual([])
      expect(await written()).toEqual(before)
    })
  })

  it('keeps tenants apart', async () => {
    const other = stores.tenant(OTHER)
    expect(await other.read((q) => q.selectFrom('contacts').selectAll().execute())).toEqual([])
  })

  it('tells listeners of a commit with events', async () => {
    const heard: [string, number][] = []
    const stop = stores.onEvents((name, seq) => heard.push([name, seq]))
    await stores.tenant(OTHER).write(async (tx) => tx.emit({type: 'x', at: 1, data: {}}))
    await stores.tenant(OTHER).write(async () => undefined)
    stop()
    expect(heard).toEqual([[OTHER, 1]])
  })

  it('removes a tenant in two steps, each of which may be repeated', async () => {
    await stores.retireTenant(OTHER)
    await stores.retireTenant(OTHER)
    await stores.dropTenant(OTHER)
    await stores.dropTenant(OTHER)
    expect(await stores.tenant(OTHER).read((q) => q.selectFrom('events').selectAll().execute())).toEqual([])
  })
})
