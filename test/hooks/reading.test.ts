import {expect, it} from 'vitest'
import {LAZY_EVENTS, MOST_WAITING} from '../../src/hooks/due.ts'
import {editHook, findHook, MOST_HOOKS, setHookState} from '../../src/hooks/hooks.ts'
import {planHooks} from '../../src/hooks/plan.ts'
import {tidyTenant} from '../../src/operations/housekeeping.ts'
import {nextDue} from '../../src/operations/next-due.ts'
import {createTenantCache} from '../../src/tenants/tenant-cache.ts'
import {onBothEngines} from '../support/stores.ts'
import {DAY_MS, HookRig} from './rig.ts'

onBothEngines('a hook', (place) => {
  const rig = new HookRig(place)

  it('that is paused is told when it goes on', async () => {
    const {row} = await rig.add()
    await setHookState(rig.runtime, rig.db, row, 'paused')
    await rig.happen(2)
    expect(await rig.deliver()).toBe(false)
    expect(await rig.dueAt()).toEqual([])
    await setHookState(rig.runtime, rig.db, await findHook(rig.db, 'crm'), 'active')
    await rig.deliver()
    expect(rig.told().sort()).toEqual([1, 2])
  })

  it('is not told of the past of types that it is given later', async () => {
    const {row} = await rig.add()
    await rig.happen(3, 'message_read')
    await rig.happen(1)
    await editHook(rig.runtime, rig.db, row, {types: ['*']})
    await rig.happen(1, 'message_read', 4)
    await rig.deliver()
    expect(rig.receiver.requests.map(({json}) => (json as {type: string}).type).sort()).toEqual([
      'message_read',
      'message_received',
    ])
  })

  it('does not look at the same events again and again when it wants none of them', async () => {
    const {row} = await rig.add({types: ['contact_created']})
    await rig.happen(LAZY_EVENTS - 1)
    expect(await rig.deliver()).toBe(false)
    await rig.happen(1)
    expect(await rig.deliver()).toBe(true)
    expect(Number((await findHook(rig.db, row.id)).seq)).toBe(LAZY_EVENTS)
    expect(rig.receiver.requests).toEqual([])
  })

  it('leaves in the log what it has no room for', async () => {
    rig.answer = () => ({status: 500})
    const {row} = await rig.add()
    const now = new Date(rig.runtime.clock.now())
    const rows = Array.from({length: MOST_WAITING}, (_, n) => ({
      ...{id: rig.runtime.ids.next(), hook_id: row.id, seq: -1 - n, type: 'message_received', state: 'pending'},
      ...{attempts: 1, due_at: new Date(now.getTime() + DAY_MS), created_at: now, updated_at: now},
    }))
    await rig.db.write((tx) => tx.insert('hook_deliveries', rows))
    await rig.happen(1)
    expect(await rig.deliver()).toBe(false)
    await rig.db.write((tx) => tx.db.deleteFrom('hook_deliveries').where('seq', '=', -1).execute())
    expect(await rig.deliver()).toBe(true)
    expect(rig.told()).toEqual([1])
  })

  it('is not told anything of a tenant that is suspended', async () => {
    await rig.add()
    await rig.happen(1)
    await planHooks(rig.runtime, rig.db)
    const billing = (status: string) =>
      rig.runtime.stores.control.write((tx) =>
        tx.update('tenants', ['id'], [{id: rig.db.name, billing: JSON.stringify({status, next_payment: null})}]),
      )
    await billing('suspended')
    await rig.deliver()
    expect(rig.receiver.requests).toEqual([])
    await billing('active')
    await rig.deliver()
    expect(rig.told()).toEqual([1])
  })

  it('is told nothing by a copy of the database until that is armed', async () => {
    const disarmed = (value: string) =>
      rig.runtime.stores.control.write(async (tx) => {
        await tx.db.deleteFrom('meta').where('key', '=', 'disarmed').execute()
        await tx.insert('meta', [{key: 'disarmed', value}])
      })
    await rig.add()
    await rig.happen(1)
    await disarmed('This database is a copy.')
    expect(await rig.deliver()).toBe(true)
    expect(rig.receiver.requests).toEqual([])
    await disarmed('')
    await rig.deliver()
    expect(rig.told()).toEqual([1])
  })

  it.each(['127.0.0.1', 'localhost', '[::ffff:127.0.0.1]'])(
    'is not told at %s, whatever its row says',
    async (host) => {
      const {row} = await rig.add()
      const url = `http://${host}:${rig.receiver.port}/hook`
      await rig.db.write((tx) => tx.update('hooks', ['id'], [{id: row.id, url}]))
      await rig.happen(1)
      const open = rig.runtime
      rig.runtime = {...open, http: rig.strict}
      await rig.deliver()
      await expect(editHook(rig.runtime, rig.db, row, {url})).rejects.toThrow('is not a public address')
      rig.runtime = open
      expect(rig.receiver.requests).toEqual([])
      expect(await rig.deliveries()).toMatchObject([
        {state: 'pending', attempts: 1, error: expect.stringContaining('is not a public address') as string},
      ])
    },
  )

  it('tells when it is due next, so that its tenant is looked at then', async () => {
    const tenants = createTenantCache(rig.runtime)
    const due = async () => nextDue(rig.runtime, await tenants.get(rig.db.name))
    expect(await due()).toBeNull()
    rig.answer = () => ({status: 500})
    await rig.add()
    expect(await due()).toBeNull()
    await rig.happen(1)
    expect(await due()).toBeLessThanOrEqual(rig.runtime.clock.now())
    await rig.deliver()
    const wait = ((await due()) ?? 0) - rig.runtime.clock.now()
    expect(wait).toBeGreaterThan(3000)
    expect(wait).toBeLessThan(6000)
  })

  it('is one of fifty at most, each with a name of its own', async () => {
    await rig.add()
    await expect(rig.add()).rejects.toMatchObject({code: 'CONFLICT', message: 'A hook named "crm" is there already.'})
    for (let n = 1; n < MOST_HOOKS; n++) await rig.add({name: `hook ${n}`})
    await expect(rig.add({name: 'one more'})).rejects.toMatchObject({code: 'CONFLICT'})
    expect(await rig.db.read((q) => q.selectFrom('hooks').select('id').execute())).toHaveLength(MOST_HOOKS)
  })

  it('is dead where its event is not kept any more, and goes with the housekeeping', async () => {
    const {row} = await rig.add()
    await rig.happen(1)
    await rig.deliver()
    await rig.happen(1, 'message_received', 2)
    rig.answer = () => ({status: 500})
    await rig.deliver()
    await rig.db.write((tx) => tx.db.deleteFrom('events').execute())
    rig.ahead += 6000
    await rig.deliver()
    expect(await rig.deliveries()).toMatchObject([
      {state: 'delivered'},
      {state: 'dead', attempts: 1, error: 'The event is not kept any more.'},
    ])
    rig.ahead += 8 * DAY_MS
    await tidyTenant(rig.runtime, rig.db)
    expect(await rig.deliveries()).toMatchObject([{state: 'dead'}])
    await rig.db.write((tx) => tx.db.deleteFrom('hooks').where('id', '=', row.id).execute())
    await tidyTenant(rig.runtime, rig.db)
    expect(await rig.deliveries()).toEqual([])
  })
})
