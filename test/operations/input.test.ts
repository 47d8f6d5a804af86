import {afterAll, beforeAll, expect, it} from 'vitest'
import type {PytakeError} from '../../src/base/errors.ts'
import {addContact, listContacts, showContact} from '../../src/operations/contacts.ts'
import {type Caller, invoke} from '../../src/operations/invoke.ts'
import {showTenant} from '../../src/operations/tenants.ts'
import type {Runtime} from '../../src/runtime/runtime.ts'
import {testRuntime} from '../support/server.ts'
import {addCompany, shell} from '../support/signing-in.ts'
import {onBothEngines} from '../support/stores.ts'

onBothEngines('input', (place) => {
  let runtime: Runtime
  let caller: Caller
  let tenant: string

  beforeAll(async () => {
    runtime = await testRuntime(place().env())
    tenant = await addCompany(runtime, 'Uma')
    caller = {...shell, tenant}
  })
  afterAll(() => runtime.close())

  const refusal = (more: object) =>
    invoke(runtime, addContact, {phone: '+5511987650009', ...more}, caller).then(
      () => undefined,
      (error: unknown) => (error as PytakeError).details?.map(({field}) => field),
    )

  it('is text that every engine gives back as it was, in values and in keys', async () => {
    expect(await refusal({name: 'Ma\0ria'})).toEqual(['name'])
    expect(await refusal({name: 'Maria \ud83d'})).toEqual(['name'])
    expect(await refusal({tags: ['vip', '\0']})).toEqual(['tags.1'])
    expect(await refusal({attributes: {plan: '\udc00'}})).toEqual(['attributes.plan'])
    expect(await refusal({name: 'Maria 😀', attributes: {plan: '\u0001'}})).toBeUndefined()
  })

  it('names a thing by its id in small letters or in capitals', async () => {
    const {id} = await invoke(runtime, addContact, {phone: '+5511987650001'}, caller)
    const capitals = id.toUpperCase()
    expect((await invoke(runtime, showContact, {id: capitals}, caller)).id).toBe(id)
    expect((await invoke(runtime, listContacts, {ids: capitals}, caller)).data).toHaveLength(1)
    expect(
      (await invoke(runtime, listContacts, {}, {...shell, tenant: tenant.toUpperCase()})).data.length,
    ).toBeGreaterThan(0)
    expect((await invoke(runtime, showTenant, {id: tenant.toUpperCase()}, caller)).id).toBe(tenant)
  })
})
