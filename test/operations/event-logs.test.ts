import {afterAll, beforeAll, expect, it} from 'vitest'
import {eventChannels, eventTypes} from '../../src/base/events.ts'
import {requireChannels} from '../../src/operations/event-channels.ts'
import {scopesOfRole} from '../../src/operations/roles.ts'
import {
  type EventLogs,
  formatPlace,
  headsOf,
  isAsFar,
  logsOf,
  mayBeSeen,
  placeOf,
  readLogs,
  startsOf,
} from '../../src/operations/event-logs.ts'
import {operator, type Principal} from '../../src/operations/principal.ts'
import type {Runtime} from '../../src/runtime/runtime.ts'
import {createTenant} from '../../src/tenants/lifecycle.ts'
import {onBothEngines} from '../support/stores.ts'
import {openTestRuntime} from '../support/world.ts'

const START = Date.UTC(2026, 10, 24)

onBothEngines('two logs read as one', (place) => {
  let runtime: Runtime
  let logs: EventLogs
  let tenant: string
  const tell = (from: 'tenant' | 'platform', ...seconds: number[]) => {
    const at = (n: number) => ({type: from === 'tenant' ? 'message_sent' : 'node_up', at: START + n * 1000, data: {n}})
    return from === 'tenant'
      ? runtime.stores.tenant(tenant).write(async (tx) => seconds.forEach((n) => tx.emit(at(n))))
      : runtime.stores.control.write(async (tx) => seconds.forEach((n) => tx.emit(at(n))))
  }
  const readOn = async (cursor: string, limit: number): Promise<{told: unknown[]; cursors: string[]}> => {
    const told: unknown[] = []
    const cursors: string[] = []
    let last = await placeOf(logs, cursor, 0)
    for (;;) {
      const page = await readLogs(logs, {after: last, limit})
      told.push(...page.events.map(({data}) => data.n))
      cursors.push(...page.events.map((event) => formatPlace(event.place)))
      last = page.last
      if (isAsFar(last, page.heads)) return {told, cursors}
    }
  }

  beforeAll(async () => {
    runtime = await openTestRuntime(place())
    tenant = runtime.ids.next()
    await createTenant(runtime, runtime.stores.control, {id: tenant, name: 'Provedor'})
    logs = logsOf(runtime.stores, runtime.stores.tenant(tenant))
    await tell('tenant', 1, 2, 5, 6, 7, 20)
    await tell('platform', 3, 4, 8)
    await tell('platform', 30)
    await tell('tenant', 25)
  })
  afterAll(() => runtime.close())

  it.each([1, 2, 3, 100])('by time, whatever the size of a page (%i)', async (limit) => {
    const start = formatPlace(await startsOf(logs))
    expect((await readOn(start, limit)).told).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 20, 25, 30])
  })

  it('goes on from the cursor of any event, without loss or repeats', async () => {
    const {told, cursors} = await readOn(formatPlace(await startsOf(logs)), 100)
    for (const [index, cursor] of cursors.entries())
      expect((await readOn(cursor, 2)).told).toEqual(told.slice(index + 1))
  })

  it('tells late news of one log without repeating the other', async () => {
    const end = formatPlace(await headsOf(logs))
    await tell('platform', 9)
    await tell('tenant', 40)
    expect((await readOn(end, 100)).told).toEqual([9, 40])
  })

  it('begins at a time in both', async () => {
    const since = new Date(START + 8000).toISOString()
    expect((await readOn(since, 100)).told.slice(0, 3)).toEqual([8, 20, 25])
  })

  it('takes a cursor of the tenant alone for just that', async () => {
    const {tenant: own} = await startsOf(logs)
    expect((await readOn(`${own.logId}.${own.seq}`, 100)).told).toEqual([1, 2, 5, 6, 7, 20, 25, 40])
  })

  it('refuses to go on where either log cannot', async () => {
    const {tenant: own, platform} = await headsOf(logs)
    const cursors = [
      `other.1.${platform.logId}.1`,
      `${own.logId}.1.other.1`,
      `${own.logId}.${own.seq + 1}.${platform.logId}.1`,
    ]
    for (const cursor of cursors) await expect(placeOf(logs, cursor, 0)).rejects.toThrow(/Cannot resume/)
    await expect(placeOf(logs, `${own.logId}.1.x`, 0)).rejects.toThrow(/since: must be/)
  })
})

it('shows of each channel what its things themselves would be shown', async () => {
  const only = (...scopes: string[]): Principal => ({kind: 'token', name: 't', tenantId: 'a', platform: false, scopes})
  const seen = (principal: Principal) =>
    eventTypes.filter((type) => mayBeSeen(principal, 'a')({type, data: {}, from: 'tenant'}))
  expect(seen(only('*'))).toEqual(eventTypes)
  expect(seen(only('events:read', 'messages:read', 'webhooks:read'))).toEqual(
    eventTypes.filter((type) => ['messages', 'webhooks', 'system', 'metrics'].includes(eventChannels[type])),
  )
  const viewer = {...only(...scopesOfRole('viewer'))}
  expect(seen(viewer)).toEqual(eventTypes.filter((type) => eventChannels[type] !== 'webhooks'))
  for (const wanted of [{channel: ['webhooks']}, {type: ['message_read', 'hook_disabled']}]) {
    expect(() => requireChannels(viewer, wanted)).toThrow(/webhooks:read/)
  }
  expect(() => requireChannels(viewer, {channel: ['messages'], type: ['flow_step']})).not.toThrow()
})

it('shows nobody what is not for them', () => {
  const own: Principal = {kind: 'token', name: 'token:1', tenantId: 'a', platform: false, scopes: ['*']}
  const event = (type: string, data = {}, from: 'tenant' | 'platform' = 'platform') => ({type, data, from})
  const cases: [ReturnType<typeof event>, boolean, boolean][] = [
    [event('message_sent', {}, 'tenant'), true, true],
    [event('disarmed', {reason: 'copy'}), true, true],
    [event('node_up', {url: 'http://10.0.0.1'}), false, true],
    [event('dead_lettered', {tenant_id: 'a'}), true, true],
    [event('dead_lettered', {tenant_id: 'b'}), false, false],
  ]
  for (const [one, tenants, platforms] of cases) {
    expect([mayBeSeen(own, 'a')(one), mayBeSeen(operator('ana'), 'a')(one)]).toEqual([tenants, platforms])
  }
})
