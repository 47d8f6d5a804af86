import {afterEach, beforeEach, describe, expect, it} from 'vitest'
import type {CrashPoint} from '../../src/runtime/crash.ts'
import type {Runtime} from '../../src/runtime/runtime.ts'
import type {ControlDb} from '../../src/store/stores.ts'
import {openSession} from '../../src/users/sessions.ts'
import {insertUser} from '../../src/users/users.ts'
import {createTenant, reconcileTenants, REMOVED_KEPT_MS, removeTenant} from '../../src/tenants/lifecycle.ts'
import {findTenant, livingTenants} from '../../src/tenants/tenants.ts'
import {testRuntime} from '../support/server.ts'
import {onBothEngines} from '../support/stores.ts'

/** Stands for SIGKILL: nothing after it runs, not even the undoing. */
class Killed extends Error {}

onBothEngines('a tenant', (place) => {
  let now = Date.parse('2026-11-23T12:00:00Z')
  let runtime: Runtime
  const clock = {now: () => now, monotonic: () => now, sleep: () => Promise.resolve()}
  beforeEach(async () => {
    now += 3_600_000
    runtime = await testRuntime(place().env(), {clock})
  })
  afterEach(() => runtime.close())

  const create = (name: string, deps: Runtime = runtime) =>
    createTenant(deps, deps.stores.control, {id: deps.ids.next(), name})
  /** Dies at a point, as a process would: the intent stays as it is. */
  const dyingAt = (point: CrashPoint): Runtime => {
    const dead = () => Promise.reject(new Killed())
    let isDead = false
    const crash = (passed: CrashPoint) => {
      if (passed !== point) return
      isDead = true
      throw new Killed()
    }
    const unlessDead = <T>(work: () => Promise<T>): Promise<T> => (isDead ? dead() : work())
    const {stores} = runtime
    const control: ControlDb = {
      engine: stores.engine,
      name: 'control',
      read: (run) => stores.control.read(run),
      write: (run) => unlessDead(() => stores.control.write(run)),
      reclaim: () => stores.control.reclaim(),
      close: () => stores.control.close(),
    }
    return {
      ...runtime,
      crash,
      stores: {
        ...stores,
        control,
        retireTenant: (id) => unlessDead(() => stores.retireTenant(id)),
        dropTenant: (id) => unlessDead(() => stores.dropTenant(id)),
      },
    }
  }

  describe.each(['tenant.intent', 'tenant.prepared'] as const)('whose creation died at %s', (point) => {
    it('is not there, is undone, and its name is free again', async () => {
      const name = `Died ${point}`
      await expect(create(name, dyingAt(point))).rejects.toThrow(Killed)
      await expect(findTenant(runtime.stores.control, name)).rejects.toMatchObject({code: 'NOT_FOUND'})
      await expect(create(name)).rejects.toMatchObject({code: 'CONFLICT'})
      expect((await reconcileTenants(runtime)).undone).toEqual([])
      now += 61_000
      expect((await reconcileTenants(runtime)).undone).toHaveLength(1)
      expect((await reconcileTenants(runtime)).undone).toEqual([])
      const row = await create(name)
      expect(row.state).toBe('active')
    })
  })

  it('whose creation died after it was active is there', async () => {
    await expect(create('Lived', dyingAt('tenant.active'))).rejects.toThrow(Killed)
    expect((await findTenant(runtime.stores.control, 'Lived')).state).toBe('active')
  })

  it.each(['tenant.removing', 'tenant.retired'] as const)(
    'whose removal died at %s is removed in the end',
    async (point) => {
      const {id, name} = await create(`Gone ${point}`)
      await expect(removeTenant(dyingAt(point), runtime.stores.control, id)).rejects.toThrow(Killed)
      expect((await findTenant(runtime.stores.control, id)).state).toBe('removing')
      expect((await reconcileTenants(runtime)).removed).toEqual([id])
      await expect(findTenant(runtime.stores.control, name)).rejects.toMatchObject({code: 'NOT_FOUND'})
    },
  )

  it('keeps its data for 30 days after the removal, and then loses it', async () => {
    const {id} = await create('Thirty days')
    await runtime.stores
      .tenant(id)
      .write((tx) => tx.insert('secrets', [{name: 'A', value: 'x', updated_by: 'y', updated_at: new Date(now)}]))
    const ana = {tenantId: id, email: 'ana@thirty.example', name: 'Ana', role: 'admin'} as const
    await runtime.stores.control.write(async (tx) => {
      const user = await insertUser(tx, {...ana, id: runtime.ids.next(), passwordHash: 'x'}, new Date(now))
      await openSession(runtime, tx, {user, origin: undefined})
    })
    const people = () => runtime.stores.control.read((q) => q.selectFrom('users').select('email').execute())
    await removeTenant(runtime, runtime.stores.control, id)
    expect((await livingTenants(runtime.stores.control)).map((row) => row.id)).not.toContain(id)
    now += REMOVED_KEPT_MS - 1000
    expect((await reconcileTenants(runtime)).dropped).not.toContain(id)
    expect(await people()).toEqual([{email: ana.email}])
    now += 2000
    expect((await reconcileTenants(runtime)).dropped).toContain(id)
    expect((await reconcileTenants(runtime)).dropped).toEqual([])
    // Their addresses are free for another company.
    expect(await people()).toEqual([])
  })
})
