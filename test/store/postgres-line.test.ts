import {sql} from 'kysely'
import {afterAll, beforeAll, beforeEach, describe, expect, inject, it} from 'vitest'
import {PostgresDatabase} from '../../src/store/postgres/database.ts'
import {openPool} from '../../src/store/postgres/pool.ts'
import {prepared} from '../../src/store/prepared.ts'
import type {TenantSchema} from '../../src/store/schema/tenant.ts'
import type {Stores, TenantDb} from '../../src/store/stores.ts'
import {tryLock} from '../../src/store/tenant-lock.ts'
import {together} from '../../src/store/together.ts'
import {makePlace, type Place} from '../support/stores.ts'

const TENANT = '0192eeee-0000-7000-8000-000000000001'
const contact = (n: number) => ({id: `0192eeee-0000-7000-8000-${String(n).padStart(12, '0')}`, tenant_id: TENANT})

describe.skipIf(!inject('postgres'))('statements of one transaction that are given at once', () => {
  let place: Place
  let stores: Stores
  let db: TenantDb

  beforeAll(async () => {
    place = await makePlace('postgres')
    // One connection: what is said after the end of a transaction would be heard by the next one.
    stores = await place.open({databaseMax: 1})
    await stores.migrateTenant(TENANT)
    db = stores.tenant(TENANT)
  })
  beforeEach(() => db.write(async (tx) => void (await tx.db.deleteFrom('contacts').execute())))
  afterAll(async () => {
    await stores.close()
    await place.remove()
  })

  const ids = () =>
    db.read(async (q) => (await q.selectFrom('contacts').select('id').orderBy('id').execute()).map(({id}) => id))

  const count = prepared<TenantSchema, object, {n: number}>((q) =>
    q
      .selectFrom('contacts')
      .select(sql<number>`count(*)`.as('n'))
      .compile(),
  )
  const wrong = prepared<TenantSchema, object>((q) => sql`SELECT 1 / 0`.compile(q))
  const locks = prepared<TenantSchema, object, {n: number}>((q) =>
    sql<{n: number}>`SELECT count(*) AS n FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()`.compile(
      q,
    ),
  )

  it('are carried out in the order in which they were given', async () => {
    const [before, , after] = await db.write((tx) =>
      together(count(tx, {}), tx.insert('contacts', [contact(1)]), count(tx, {})),
    )
    expect([before.rows[0], after.rows[0]]).toEqual([{n: 0}, {n: 1}])
  })

  it('come after a lock that was asked for before them', async () => {
    const [taken, seen] = await db.write((tx) => together(tryLock(tx, 'one'), locks(tx, {})))
    expect([taken, seen.rows[0]]).toEqual([true, {n: 1}])
  })

  it('tell of the one that failed, and leave nothing of those around it', async () => {
    const writing = db.write((tx) =>
      together(tx.insert('contacts', [contact(1)]), wrong(tx, {}), tx.insert('contacts', [contact(2)])),
    )
    await expect(writing).rejects.toThrow(/division by zero/)
    expect(await ids()).toEqual([])
  })

  it('tell those behind it why they were not carried out', async () => {
    const told: string[] = []
    const writing = db.write(async (tx) => {
      const failing = wrong(tx, {})
      failing.catch(() => undefined)
      await tx.insert('contacts', [contact(2)]).catch((error: Error) => told.push(error.message))
      await failing
    })
    await expect(writing).rejects.toThrow(/division by zero/)
    expect(told).toEqual(['division by zero'])
  })

  it('do not count as written when nobody looked at the one that failed', async () => {
    const writing = db.write(async (tx) => {
      await tx.insert('contacts', [contact(3)])
      await wrong(tx, {}).catch(() => undefined)
    })
    await expect(writing).rejects.toThrow(/division by zero/)
    expect(await ids()).toEqual([])
  })

  it('are refused once their transaction is over', async () => {
    let late!: () => Promise<unknown>
    await db.write(async (tx) => {
      await tx.insert('contacts', [contact(1)])
      late = () => tx.insert('contacts', [contact(2)])
    })
    await expect(late()).rejects.toThrow(/The transaction is over/)
    const failing = db.write(async (tx) => {
      late = () => tx.insert('contacts', [contact(3)])
      await Promise.reject(new Error('changed my mind'))
    })
    await expect(failing).rejects.toThrow('changed my mind')
    await expect(late()).rejects.toThrow(/The transaction is over/)
    expect(await ids()).toEqual([contact(1).id])
  })

  it('cannot slip in behind the commit', async () => {
    let refused!: Promise<void>
    await db.write((tx) => {
      tx.leave(tx.insert('contacts', [contact(1)]))
      // The answer to the commit is still being waited for then.
      const late = new Promise((resolve) => void setImmediate(resolve)).then(() => tx.insert('contacts', [contact(2)]))
      refused = expect(late).rejects.toThrow(/The transaction is over/)
      return Promise.resolve()
    })
    await refused
    expect(await ids()).toEqual([contact(1).id])
  })

  it('say what was wrong with their beginning', async () => {
    const pool = await openPool({url: place.databaseUrl ?? '', max: 1, min: 0})
    try {
      const nobody = new PostgresDatabase<TenantSchema>({pool, schema: 'public', name: 'x', role: 'pytake_nobody'})
      await expect(nobody.read((q) => count({db: q, engine: 'postgres'}, {}))).rejects.toThrow(/"pytake_nobody"/)
      await expect(nobody.write(() => Promise.resolve())).rejects.toThrow(/"pytake_nobody"/)
    } finally {
      await pool.end()
    }
  })
})
