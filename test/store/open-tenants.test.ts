import {readdirSync, readlinkSync} from 'node:fs'
import {platform} from 'node:os'
import {sql} from 'kysely'
import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import type {Stores, TenantDb} from '../../src/store/stores.ts'
import {makePlace, type Place} from '../support/stores.ts'

const TENANTS = 150
const LIMIT = 64
const idOf = (n: number) => `0192aaaa-0000-7000-8000-${String(n).padStart(12, '0')}`
const all = Array.from({length: TENANTS}, (_, n) => idOf(n))

describe('many tenants on SQLite', {timeout: 90_000}, () => {
  let place: Place
  let stores: Stores

  beforeAll(async () => {
    place = await makePlace('sqlite')
    stores = await place.open({cacheMb: 64})
    for (const id of all) await stores.migrateTenant(id)
  }, 90_000)
  afterAll(async () => {
    await stores.close()
    await place.remove()
  })

  /** Tenants some of whose files this process holds open. */
  const openTenants = () => {
    const files = readdirSync('/proc/self/fd').map((fd) => {
      try {
        return readlinkSync(`/proc/self/fd/${fd}`)
      } catch {
        return ''
      }
    })
    return new Set(
      files.filter((path) => path.startsWith(`${place.home}/tenants/`)).map((path) => path.split('.db')[0]),
    )
  }
  const contact = (id: string, n: number) => ({
    id: `0192bbbb-0000-7000-8000-${String(n).padStart(12, '0')}`,
    tenant_id: id,
    phone: `+55119${String(n).padStart(8, '0')}`,
    name: id,
  })
  const add = (id: string, n: number) => stores.tenant(id).write((tx) => tx.insert('contacts', [contact(id, n)]))
  const namesIn = (id: string) =>
    stores.tenant(id).read(async (q) => (await q.selectFrom('contacts').select('name').execute()).map(({name}) => name))

  /** Kilobytes that both connections of a tenant may keep: beside a transaction it is the other one that reads. */
  const cacheOf = async (db: TenantDb): Promise<number> => {
    const size = sql<{cache_size: number}>`PRAGMA cache_size`
    const both = await db.write(async (tx) => [await size.execute(tx.db), await db.read((q) => size.execute(q))])
    return -both.reduce((sum, {rows}) => sum + Number(rows[0]?.cache_size), 0)
  }

  it.skipIf(platform() !== 'linux')(
    'keeps files open for a limited number, one after the other or all at once',
    async () => {
      let most = 0
      const look = () => (most = Math.max(most, openTenants().size))
      for (const [n, id] of all.entries()) {
        await add(id, n)
        look()
      }
      await Promise.all(all.map((id, n) => add(id, TENANTS + n).then(look)))
      expect(most).toBe(LIMIT)
      expect(openTenants().size).toBe(LIMIT)
    },
  )

  it('loses nothing while transactions run on tenants that are being closed for others', async () => {
    const before = await Promise.all(all.map(namesIn))
    const rounds = Array.from({length: 3}, (_, round) => round)
    await Promise.all(
      rounds.flatMap((round) =>
        all.map(async (id, n) => {
          const number = 1000 + round * TENANTS + n
          await stores.tenant(id).write(async (tx) => {
            await tx.insert('contacts', [contact(id, number)])
            // The turn of others, in the middle of a transaction.
            await new Promise((resolve) => setTimeout(resolve, n % 3))
            tx.emit({type: 'x', at: number, data: {}})
          })
          expect((await namesIn(id)).length).toBeGreaterThan(0)
        }),
      ),
    )
    for (const [n, id] of all.entries()) {
      expect(await namesIn(id)).toEqual([...(before[n] ?? []), ...rounds.map(() => id)])
      const events = await stores.tenant(id).read((q) => q.selectFrom('events').select('seq').orderBy('seq').execute())
      expect(events.map(({seq}) => seq)).toEqual(rounds.map((round) => round + 1))
    }
  })

  it('puts several aside at the same time', async () => {
    const gone = Array.from({length: 8}, (_, n) => idOf(TENANTS + n))
    for (const id of gone) await stores.migrateTenant(id)
    for (const [n, id] of gone.entries()) await add(id, n)
    await Promise.all(gone.map((id) => stores.retireTenant(id)))
    if (platform() === 'linux')
      expect([...openTenants()].filter((path) => gone.some((id) => path?.includes(id)))).toEqual([])
    await Promise.all(gone.map((id) => stores.dropTenant(id)))
  })

  it('does not stand still when each of those in use waits for one more', async () => {
    const outer = all.slice(0, LIMIT)
    let inside = 0
    let every = () => undefined as void
    const allInside = new Promise<void>((resolve) => (every = resolve))
    await Promise.all(
      outer.map((id, n) =>
        stores.tenant(id).write(async () => {
          if (++inside === LIMIT) every()
          await allInside
          expect((await namesIn(all[LIMIT + n] ?? '')).length).toBeGreaterThan(0)
        }),
      ),
    )
    if (platform() === 'linux') expect(openTenants().size).toBeLessThanOrEqual(LIMIT)
  })

  it('shares one budget for page caches out by use', async () => {
    const [busy = '', ...idle] = all.slice(0, 20)
    for (const id of idle) await namesIn(id)
    for (let n = 0; n < 3000; n++) await namesIn(busy)
    // Looking opens nothing: these are the open ones, as the last 64 used.
    const open = [busy, ...idle]
    const sizes = await Promise.all(open.map((id) => cacheOf(stores.tenant(id))))
    const [most = 0, ...rest] = sizes
    expect(most).toBeGreaterThan(10 * Math.max(...rest))
    expect(sizes.reduce((sum, size) => sum + size, 0)).toBeLessThanOrEqual(64 * 1024)
    expect(most).toBeGreaterThan((64 * 1024) / 4)
    // What is busy later gets it in its turn.
    const [next = ''] = idle
    for (let n = 0; n < 12_000; n++) await namesIn(next)
    expect(await cacheOf(stores.tenant(next))).toBeGreaterThan(2 * (await cacheOf(stores.tenant(busy))))
  })

  it.each([
    {cacheMb: 12, least: 8.9, most: 9},
    {cacheMb: 256, least: 17, most: 17},
  ])('gives a single tenant nearly all of $cacheMb MB, but no more than helps it', async ({cacheMb, least, most}) => {
    const other = await makePlace('sqlite')
    const one = await other.open({cacheMb})
    await one.migrateTenant(idOf(0))
    const size = (await cacheOf(one.tenant(idOf(0)))) / 1024
    expect(size).toBeGreaterThanOrEqual(least)
    expect(size).toBeLessThanOrEqual(most)
    await one.close()
    await other.remove()
  })
})
