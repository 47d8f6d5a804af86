import {afterAll, beforeAll, expect, it} from 'vitest'
import {addContact, listContacts} from '../../src/operations/contacts.ts'
import {invoke} from '../../src/operations/invoke.ts'
import type {Runtime} from '../../src/runtime/runtime.ts'
import {testRuntime} from '../support/server.ts'
import {addCompany, shell} from '../support/signing-in.ts'
import {onBothEngines} from '../support/stores.ts'

onBothEngines('a list of a whole table', (place) => {
  let runtime: Runtime
  let now = Date.parse('2026-11-24T12:00:00Z')
  const clock = {now: () => now, monotonic: () => now, sleep: () => Promise.resolve()}
  /** Ids by company, as they were made. */
  const made = new Map<string, string[]>()

  beforeAll(async () => {
    runtime = await testRuntime(place().env(), {clock})
    for (const [company, people] of [['Uma', 7] as const, ['Outra', 3] as const]) {
      const tenant = await addCompany(runtime, company)
      const ids = []
      for (let n = 0; n < people; n++) {
        // Some are made in the same millisecond.
        now += n % 2
        ids.push((await invoke(runtime, addContact, {phone: `+551198765000${n}`}, {...shell, tenant})).id)
      }
      made.set(tenant, ids)
    }
  })
  afterAll(() => runtime.close())

  const list = (tenant: string, input: object) => invoke(runtime, listContacts, input, {...shell, tenant})

  it.each(['asc', 'desc'] as const)('is read page by page, %s, each tenant its own', async (order) => {
    for (const limit of [2, 3, 7, 20]) {
      for (const [tenant, ids] of made) {
        const wanted = order === 'asc' ? ids : ids.toReversed()
        const [numbered, followed]: string[][] = [[], []]
        let after: string | null = null
        for (let page = 1; page <= Math.ceil(wanted.length / limit); page++) {
          const byNumber = await list(tenant, {order, limit, page})
          numbered?.push(...byNumber.data.map(({id}) => id))
          expect(byNumber.page).toMatchObject({total: wanted.length, has_more: page * limit < wanted.length})
          const byCursor = await list(tenant, {order, limit, ...(after === null ? {} : {after})})
          followed?.push(...byCursor.data.map(({id}) => id))
          after = byCursor.page.after
        }
        expect(after).toBeNull()
        expect([numbered, followed]).toEqual([wanted, wanted])
      }
    }
  })

  it('counts what was added since it was read last', async () => {
    const [[tenant = '', ids] = []] = made
    expect((await list(tenant, {limit: 2})).page.total).toBe(ids?.length)
    await invoke(runtime, addContact, {phone: '+5511987650099'}, {...shell, tenant})
    expect((await list(tenant, {limit: 2})).page.total).toBe((ids?.length ?? 0) + 1)
  })
})
