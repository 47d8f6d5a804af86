import {afterAll, beforeAll, expect, it} from 'vitest'
import type {Runtime} from '../../src/runtime/runtime.ts'
import {createTenant} from '../../src/tenants/lifecycle.ts'
import {rememberedTenant} from '../../src/tenants/remembered.ts'
import {editTenant} from '../../src/tenants/tenants.ts'
import {manualClock} from '../support/manual-clock.ts'
import {testRuntime} from '../support/server.ts'
import {onBothEngines} from '../support/stores.ts'

onBothEngines('a tenant that is remembered', (place) => {
  const clock = manualClock()
  let here: Runtime
  let elsewhere: Runtime
  let id: string

  beforeAll(async () => {
    here = await testRuntime(place().env(), {clock})
    elsewhere = await testRuntime(place().env())
    id = here.ids.next()
    await createTenant(here, here.stores.control, {id, name: 'Uma'})
  })
  afterAll(async () => {
    await here.close()
    await elsewhere.close()
  })

  const statusHere = async () => (await rememberedTenant(here, id))?.billing.status
  const set = ({stores, clock: time}: Runtime, status: 'active' | 'suspended') =>
    editTenant(stores.control, id, {billing: {status}}, new Date(time.now()))

  it('is read once', async () => {
    expect(await rememberedTenant(here, id)).toBe(await rememberedTenant(here, id))
  })

  it('is another one at once when this process changed it', async () => {
    expect(await statusHere()).toBe('active')
    await set(here, 'suspended')
    expect(await statusHere()).toBe('suspended')
    await set(here, 'active')
    expect(await statusHere()).toBe('active')
  })

  it('is another one within a second when another process changed it', async () => {
    expect(await statusHere()).toBe('active')
    await set(elsewhere, 'suspended')
    clock.skip(1000)
    expect(await statusHere()).toBe('suspended')
  })

  it('is nobody while there is nobody of that name, and not for longer', async () => {
    const other = here.ids.next()
    expect(await rememberedTenant(here, other)).toBeUndefined()
    await createTenant(elsewhere, elsewhere.stores.control, {id: other, name: 'Outra'})
    expect(await rememberedTenant(here, other)).toMatchObject({name: 'Outra'})
  })
})
