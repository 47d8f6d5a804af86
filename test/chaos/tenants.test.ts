import {afterAll, beforeAll, describe, expect, inject, it} from 'vitest'
import {systemClock} from '../../src/base/clock.ts'
import type {CrashPoint} from '../../src/runtime/crash.ts'
import {createTenant, reconcileTenants} from '../../src/tenants/lifecycle.ts'
import {tenantById} from '../../src/tenants/tenants.ts'
import {type Bundle, bundleServer, runChild} from '../support/chaos-server.ts'
import {testRuntime} from '../support/server.ts'
import {engines, makePlace} from '../support/stores.ts'

/** What the next start finds and makes of it. */
const steps: {point: CrashPoint; verb: 'create' | 'remove'; before: string; after: string | undefined}[] = [
  {point: 'tenant.intent', verb: 'create', before: 'creating', after: undefined},
  {point: 'tenant.prepared', verb: 'create', before: 'creating', after: undefined},
  {point: 'tenant.active', verb: 'create', before: 'active', after: 'active'},
  {point: 'tenant.removing', verb: 'remove', before: 'removing', after: 'removed'},
  {point: 'tenant.retired', verb: 'remove', before: 'removing', after: 'removed'},
]

/** A tenant is a row in one database and another database; a process may die between any two of their commits. */
describe.concurrent('kill -9 between the steps of making and removing a tenant', () => {
  let bundle: Bundle
  beforeAll(async () => {
    bundle = await bundleServer()
  })
  afterAll(() => bundle.remove())

  it.for(engines)('is finished or undone by the next start (%s)', {timeout: 120_000}, async (engine, test) => {
    test.skip(engine === 'postgres' && !inject('postgres'), 'no PostgreSQL')
    const place = await makePlace(engine)
    // Later than any process that is still at it would be.
    const later = {...systemClock, now: () => systemClock.now() + 120_000}
    const runtime = await testRuntime(place.env(), {clock: later})
    const {control} = runtime.stores
    try {
      for (const {point, verb, before, after} of steps) {
        const id = runtime.ids.next()
        if (verb === 'remove') await createTenant(runtime, control, {id, name: `Sai em ${point}`})
        const ended = await runChild(bundle, {
          ...place.env(),
          CHAOS_TENANT: `${verb} ${id}`,
          PYTAKE_CRASH: `${point}:1`,
        })
        expect(ended, point).toBe('SIGKILL')
        expect((await tenantById(control, id))?.state, point).toBe(before)
        await reconcileTenants(runtime)
        expect((await tenantById(control, id))?.state, point).toBe(after)
        // What was undone is out of the way of another try.
        if (after === undefined) await createTenant(runtime, control, {id, name: `Empresa ${point}`})
        const rows =
          after === 'removed'
            ? []
            : await runtime.stores.tenant(id).read((q) => q.selectFrom('jobs').selectAll().execute())
        expect(rows).toEqual([])
      }
    } finally {
      await runtime.close()
      await place.remove()
    }
  })
})
