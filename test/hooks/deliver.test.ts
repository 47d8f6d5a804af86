import {afterAll, beforeAll, beforeEach, expect, it} from 'vitest'
import {systemClock} from '../../src/base/clock.ts'
import {channels} from '../../src/channels/registry.ts'
import {MOST_ATTEMPTS} from '../../src/hooks/backoff.ts'
import {replayDeliveries} from '../../src/hooks/deliveries.ts'
import {HOOK_DELIVER, hooksDue, LAZY_EVENTS, MOST_WAITING} from '../../src/hooks/due.ts'
import {addHook, editHook, findHook, rotateSecret, setHookState, targetOf} from '../../src/hooks/hooks.ts'
import {planHooks} from '../../src/hooks/plan.ts'
import {signatureOf} from '../../src/hooks/signature.ts'
import {claimJobs, recoverJobs} from '../../src/jobs/queue.ts'
import {runJob} from '../../src/jobs/worker.ts'
import {tidyTenant} from '../../src/operations/housekeeping.ts'
import {jobHandlers} from '../../src/operations/job-handlers.ts'
import {nextDue} from '../../src/operations/next-due.ts'
import type {Runtime} from '../../src/runtime/runtime.ts'
import type {TenantDb} from '../../src/store/stores.ts'
import {createTenant} from '../../src/tenants/lifecycle.ts'
import {createTenantCache} from '../../src/tenants/tenant-cache.ts'
import {type Answer, type RecordedRequest, recordingServer, type RecordingServer} from '../support/recording-server.ts'
import {reachingAll} from '../support/reaching-all.ts'
import {testRuntime} from '../support/server.ts'
import {onBothEngines} from '../support/stores.ts'

const MINUTE_MS = 60_000
const HOUR_MS = 60 * MINUTE_MS
const DAY_MS = 24 * HOUR_MS

onBothEngines('a hook', (place) => {
  let runtime: Runtime
  let db: TenantDb
  let receiver: RecordingServer
  let answer: (request: RecordedRequest, count: number) => Answer | undefined
  /** How far the clock of the program is ahead. */
  let ahead = 0

  beforeAll(async () => {
    const clock = {
      ...systemClock,
      now: () => systemClock.now() + ahead,
      monotonic: () => systemClock.monotonic() + ahead,
    }
    const opened = await testRuntime(place().env())
    runtime = {...opened, clock, http: reachingAll(opened.http)}
    receiver = await recordingServer((request, count) => answer(request, count))
  })
  afterAll(async () => {
    await receiver[Symbol.asyncDispose]()
    await runtime.close()
  })
  beforeEach(async () => {
    answer = () => ({})
    receiver.requests.length = 0
    const id = runtime.ids.next()
    await createTenant(runtime, runtime.stores.control, {id, name: `Empresa ${id.slice(-8)}`})
    db = runtime.stores.tenant(id)
  })

  const add = async (more: Partial<Parameters<typeof addHook>[2]> = {}) => {
    const hook = {id: runtime.ids.next(), name: 'crm', url: `${receiver.url}/hook`, types: ['message_received']}
    return addHook(runtime, db, {...hook, ordered: false, concurrency: 4, createdBy: 'test', ...more})
  }
  /** Something happens, `n` times; it is told apart by `n`. */
  const happen = (n: number, type = 'message_received', from = 1) =>
    db.write(async (tx) => {
      for (let i = from; i < from + n; i++) tx.emit({type, at: runtime.clock.now(), data: {n: i, text: 'olá'}})
    })
  const claim = async () => {
    const token = () => runtime.ids.next()
    const [job] = await claimJobs(db, {kinds: [HOOK_DELIVER], limit: 1, now: runtime.clock.now(), token})
    return job
  }
  /** Runs what is due now, as the server does. True when there was something. */
  const deliver = async () => {
    await planHooks(runtime, db)
    let ran = false
    for (let job = await claim(); job; job = await claim()) {
      ran = true
      await runJob(runtime, jobHandlers(runtime, channels), {db, job, stopping: new AbortController().signal})
    }
    return ran
  }
  const deliveries = () => db.read((q) => q.selectFrom('hook_deliveries').selectAll().orderBy('seq').execute())
  const events = (type: string) => db.read((q) => q.selectFrom('events').selectAll().where('type', '=', type).execute())
  const told = () => receiver.requests.map(({json}) => (json as {data: {n: number}}).data.n)
  const idsTold = () => receiver.requests.map(({headers}) => headers['webhook-id'])
  const dueAt = () => db.read((q) => hooksDue(q, runtime.clock.now()))

  it('is told what it chose, signed, in the form of the scheme, and nothing that was before it', async () => {
    await happen(1)
    const {row, secret} = await add()
    await happen(2)
    await happen(1, 'message_read')
    expect(await deliver()).toBe(true)
    expect(told().sort()).toEqual([1, 2])
    for (const {method, url, headers, body, json} of receiver.requests) {
      expect({method, url}).toEqual({method: 'POST', url: '/hook'})
      expect(json).toMatchObject({
        id: headers['webhook-id'],
        type: 'message_received',
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
        tenant_id: db.name,
        data: {text: 'olá', message: {direction: 'inbound', content: 'olá'}},
      })
      const timestamp = Number(headers['webhook-timestamp'])
      expect(Math.abs(timestamp * 1000 - runtime.clock.now())).toBeLessThan(10_000)
      const signed = {id: String(headers['webhook-id']), timestamp, body}
      expect(headers['webhook-signature']).toBe(signatureOf([secret], signed))
      expect(headers['content-type']).toBe('application/json')
    }
    expect(await deliveries()).toMatchObject([
      {hook_id: row.id, type: 'message_received', state: 'delivered', attempts: 1, status: 200, due_at: null},
      {state: 'delivered'},
    ])
    expect(await deliver()).toBe(false)
    expect(await db.read((q) => q.selectFrom('jobs').selectAll().execute())).toEqual([])
  })

  it('keeps its secret encrypted, and while it is changed both sign', async () => {
    const {row, secret} = await add()
    expect(row.secret).not.toContain(secret.slice(6, 20))
    const rotated = await rotateSecret(runtime, db, row, {keepMs: HOUR_MS})
    expect(targetOf(runtime, rotated.row).secrets).toEqual([rotated.secret, secret])
    await happen(1)
    await deliver()
    const [{headers, body}] = receiver.requests as [RecordedRequest]
    const signed = {id: String(headers['webhook-id']), timestamp: Number(headers['webhook-timestamp']), body}
    expect(headers['webhook-signature']).toBe(signatureOf([rotated.secret, secret], signed))
    ahead += HOUR_MS + 1000
    expect(targetOf(runtime, rotated.row).secrets).toEqual([rotated.secret])
  })

  it('is told again, with the same id, until it takes it', async () => {
    answer = (_request, count) => ({status: count < 3 ? 500 : 204, body: 'x'.repeat(5000)})
    await add()
    await happen(1)
    await deliver()
    expect(await deliveries()).toMatchObject([
      {state: 'pending', attempts: 1, status: 500, error: 'The receiver answered 500.', response: 'x'.repeat(1024)},
    ])
    expect(await deliver(), 'not before its time').toBe(false)
    ahead += 6000
    await deliver()
    expect((await deliveries())[0]).toMatchObject({attempts: 2, state: 'pending'})
    ahead += MINUTE_MS
    expect(await deliver()).toBe(false)
    ahead += 5 * MINUTE_MS
    await deliver()
    expect(await deliveries()).toMatchObject([{state: 'delivered', attempts: 3, status: 204, error: null}])
    expect(new Set(idsTold()).size).toBe(1)
    expect((await findHook(db, 'crm')).failing_since_at).toBeNull()
  })

  it('knows of failures that are no answer', async () => {
    await using silent = await recordingServer(() => undefined)
    await add({url: `${silent.url}/hook`})
    await happen(1)
    await deliver()
    expect(await deliveries()).toMatchObject([
      {state: 'pending', status: null, response: null, error: expect.stringContaining('broke before') as string},
    ])
  })

  it('is not followed elsewhere', async () => {
    answer = ({url}) => (url === '/hook' ? {status: 307, headers: {location: '/other'}} : {})
    await add()
    await happen(1)
    await deliver()
    expect(receiver.requests).toHaveLength(1)
    expect((await deliveries())[0]).toMatchObject({
      state: 'pending',
      status: 307,
      error: 'The receiver answered 307; redirects are not followed.',
    })
  })

  it.each([429, 503])('is left alone for as long as it asks for with %s', async (status) => {
    answer = (_request, count) => (count === 1 ? {status, headers: {'retry-after': '600'}} : {})
    await add({concurrency: 1})
    await happen(3)
    await deliver()
    expect(receiver.requests, 'nothing more after the plea').toHaveLength(1)
    const [due] = await dueAt()
    expect((due?.at ?? 0) - runtime.clock.now()).toBeGreaterThan(590_000)
    ahead += 5 * MINUTE_MS
    await happen(1, 'message_received', 4)
    expect(await deliver()).toBe(false)
    ahead += 5 * MINUTE_MS
    await deliver()
    expect(told().sort()).toEqual([1, 1, 2, 3, 4])
  })

  it('is switched off at once by 410, with an event, and goes on when it is resumed', async () => {
    answer = () => ({status: 410})
    const {row} = await add({concurrency: 1})
    await add({name: 'ops', url: `${receiver.url}/ops`, types: ['hook_disabled']})
    await happen(2)
    await deliver()
    const off = await findHook(db, 'crm')
    expect(off).toMatchObject({state: 'disabled', reason: 'The receiver answered 410 Gone.'})
    expect((await events('hook_disabled')).map(({data}) => data)).toEqual([
      {hook_id: row.id, hook: 'crm', reason: 'gone', message: 'The receiver answered 410 Gone.'},
    ])
    answer = () => ({})
    receiver.requests.length = 0
    await happen(1, 'message_received', 3)
    await deliver()
    expect(receiver.requests.map(({url}) => url)).toEqual(['/ops'])
    await setHookState(runtime, db, off, 'active')
    receiver.requests.length = 0
    await deliver()
    expect(told().sort()).toEqual([1, 2, 3])
  })

  it('that keeps its order is told one at a time, and one that fails holds the rest', async () => {
    let open = 0
    answer = ({json}, count) => {
      open++
      const {n} = (json as {data: {n: number}}).data
      return {status: n === 2 && count < 4 ? 500 : 200}
    }
    await add({ordered: true})
    await happen(4)
    await deliver()
    expect(told()).toEqual([1, 2])
    ahead += 6000
    await deliver()
    expect(told()).toEqual([1, 2, 2])
    await happen(1, 'message_received', 5)
    await deliver()
    expect(told()).toEqual([1, 2, 2])
    ahead += 6 * MINUTE_MS
    await deliver()
    expect(told()).toEqual([1, 2, 2, 2, 3, 4, 5])
    expect(open).toBe(7)
  })

  it('is told several things at once where there is no order, and no more than it should be', async () => {
    let now = 0
    let most = 0
    const http = runtime.http
    const counting = {
      ...http,
      async request(...args: Parameters<typeof http.request>) {
        most = Math.max(most, ++now)
        try {
          return await http.request(...args)
        } finally {
          now--
        }
      },
    }
    answer = ({json}) => ({status: (json as {data: {n: number}}).data.n === 1 ? 500 : 200})
    await add({concurrency: 3})
    await happen(30)
    const whole = runtime
    runtime = {...runtime, http: counting}
    await deliver()
    runtime = whole
    expect(most).toBe(3)
    expect((await deliveries()).map(({state}) => state)).toEqual(['pending', ...Array<string>(29).fill('delivered')])
  })

  it('is told again with the same ids when the process died in between, and nothing is left out', async () => {
    await add()
    await happen(3)
    await planHooks(runtime, db)
    const job = await claim()
    if (!job) throw new Error('There is no job.')
    const handlers = jobHandlers(runtime, channels)
    // It is told, and then the process dies before a result is written.
    const dying: TenantDb = {
      ...db,
      read: (run) => db.read(run),
      write: (run) => (receiver.requests.length > 0 ? Promise.reject(new Error('killed')) : db.write(run)),
    }
    const context = {job, signal: new AbortController().signal, progress: () => Promise.resolve()}
    await expect(handlers[HOOK_DELIVER]?.run({...context, db: dying})).rejects.toThrow('killed')
    const first = idsTold()
    expect(first).toHaveLength(3)
    expect(await deliver(), 'its claim is not over').toBe(false)
    ahead += 21_000
    const recover = {kinds: [HOOK_DELIVER], now: runtime.clock.now(), token: () => 't', dead: () => false}
    expect(await recoverJobs(db, {...recover, kinds: ['other']})).toEqual([])
    await recoverJobs(db, recover)
    expect(await deliver()).toBe(true)
    expect(idsTold().slice(3).sort()).toEqual([...first].sort())
    expect((await deliveries()).map(({state}) => state)).toEqual(['delivered', 'delivered', 'delivered'])
  })

  it('gives up after three days of tries, keeps what is dead, and tells it when it is replayed', async () => {
    answer = ({json}) => ({status: (json as {data: {n: number}}).data.n === 1 ? 400 : 200})
    await add()
    for (let n = 0; n < MOST_ATTEMPTS; n++) {
      // Something else is taken each time, so the hook is well.
      await happen(n === 0 ? 2 : 1, 'message_received', n === 0 ? 1 : n + 2)
      await deliver()
      ahead += 27 * HOUR_MS
    }
    const [dead] = await deliveries()
    expect(dead).toMatchObject({state: 'dead', attempts: MOST_ATTEMPTS, due_at: null, status: 400})
    expect(await deliver()).toBe(false)
    answer = () => ({})
    receiver.requests.length = 0
    const hook = await findHook(db, 'crm')
    expect(hook.state).toBe('active')
    expect(await replayDeliveries(db, hook, {now: runtime.clock.now()})).toBe(1)
    await deliver()
    expect(told()).toEqual([1])
    const taken = (await deliveries()).at(-1)?.id ?? ''
    expect(await replayDeliveries(db, hook, {ids: [taken], now: runtime.clock.now()})).toBe(1)
    await expect(replayDeliveries(db, hook, {ids: [taken], now: 0})).rejects.toThrow('is not over')
    const other = runtime.ids.next()
    await expect(replayDeliveries(db, hook, {ids: [taken, other], now: 0})).rejects.toMatchObject({code: 'CONFLICT'})
    await expect(replayDeliveries(db, hook, {ids: [other], now: 0})).rejects.toMatchObject({code: 'NOT_FOUND'})
    await deliver()
    expect(receiver.requests).toHaveLength(2)
  })

  it('is switched off after three days of nothing but failures, and loses nothing by it', async () => {
    answer = () => ({status: 502})
    await add()
    await happen(1)
    for (let hours = 0; hours < 80 && (await findHook(db, 'crm')).state === 'active'; hours++) {
      await happen(1, 'message_received', hours + 2)
      await deliver()
      ahead += HOUR_MS
    }
    const off = await findHook(db, 'crm')
    expect(off).toMatchObject({state: 'disabled', reason: expect.stringContaining('Nothing was taken since') as string})
    expect(ahead).toBeGreaterThan(3 * DAY_MS)
    expect((await events('hook_disabled')).map(({data}) => data.reason)).toEqual(['failing'])
    expect(JSON.stringify(await events('hook_disabled'))).not.toContain(receiver.url)
    answer = () => ({})
    receiver.requests.length = 0
    await setHookState(runtime, db, off, 'active')
    await deliver()
    const all = await events('message_received')
    expect(told().sort((a, b) => a - b)).toEqual(all.map(({data}) => data.n))
  })

  it('that is paused is told when it goes on', async () => {
    const {row} = await add()
    await setHookState(runtime, db, row, 'paused')
    await happen(2)
    expect(await deliver()).toBe(false)
    expect(await dueAt()).toEqual([])
    await setHookState(runtime, db, await findHook(db, 'crm'), 'active')
    await deliver()
    expect(told().sort()).toEqual([1, 2])
  })

  it('is not told of the past of types that it is given later', async () => {
    const {row} = await add()
    await happen(3, 'message_read')
    await happen(1)
    await editHook(runtime, db, row, {types: ['*']})
    await happen(1, 'message_read', 4)
    await deliver()
    expect(receiver.requests.map(({json}) => (json as {type: string}).type).sort()).toEqual([
      'message_read',
      'message_received',
    ])
  })

  it('does not look at the same events again and again when it wants none of them', async () => {
    const {row} = await add({types: ['contact_created']})
    await happen(LAZY_EVENTS - 1)
    expect(await deliver()).toBe(false)
    await happen(1)
    expect(await deliver()).toBe(true)
    expect(Number((await findHook(db, row.id)).seq)).toBe(LAZY_EVENTS)
    expect(receiver.requests).toEqual([])
  })

  it('leaves in the log what it has no room for', async () => {
    answer = () => ({status: 500})
    const {row} = await add()
    const now = new Date(runtime.clock.now())
    const rows = Array.from({length: MOST_WAITING}, (_, n) => ({
      ...{id: runtime.ids.next(), hook_id: row.id, seq: -1 - n, type: 'message_received', state: 'pending'},
      ...{attempts: 1, due_at: new Date(now.getTime() + DAY_MS), created_at: now, updated_at: now},
    }))
    await db.write((tx) => tx.insert('hook_deliveries', rows))
    await happen(1)
    expect(await deliver()).toBe(false)
    await db.write((tx) => tx.db.deleteFrom('hook_deliveries').where('seq', '=', -1).execute())
    expect(await deliver()).toBe(true)
    expect(told()).toEqual([1])
  })

  it('is not told anything of a tenant that is suspended', async () => {
    await add()
    await happen(1)
    await planHooks(runtime, db)
    const billing = (status: string) =>
      runtime.stores.control.write((tx) =>
        tx.update('tenants', ['id'], [{id: db.name, billing: JSON.stringify({status, next_payment: null})}]),
      )
    await billing('suspended')
    await deliver()
    expect(receiver.requests).toEqual([])
    await billing('active')
    await deliver()
    expect(told()).toEqual([1])
  })

  it('tells when it is due next, so that its tenant is looked at then', async () => {
    const tenants = createTenantCache(runtime)
    const due = async () => nextDue(runtime, await tenants.get(db.name))
    expect(await due()).toBeNull()
    answer = () => ({status: 500})
    await add()
    expect(await due()).toBeNull()
    await happen(1)
    expect(await due()).toBeLessThanOrEqual(runtime.clock.now())
    await deliver()
    const wait = ((await due()) ?? 0) - runtime.clock.now()
    expect(wait).toBeGreaterThan(3000)
    expect(wait).toBeLessThan(6000)
  })

  it('is dead where its event is not kept any more, and goes with the housekeeping', async () => {
    const {row} = await add()
    await happen(1)
    await deliver()
    await happen(1, 'message_received', 2)
    answer = () => ({status: 500})
    await deliver()
    await db.write((tx) => tx.db.deleteFrom('events').execute())
    ahead += 6000
    await deliver()
    expect(await deliveries()).toMatchObject([
      {state: 'delivered'},
      {state: 'dead', attempts: 1, error: 'The event is not kept any more.'},
    ])
    ahead += 8 * DAY_MS
    await tidyTenant(runtime, db)
    expect(await deliveries()).toMatchObject([{state: 'dead'}])
    await db.write((tx) => tx.db.deleteFrom('hooks').where('id', '=', row.id).execute())
    await tidyTenant(runtime, db)
    expect(await deliveries()).toEqual([])
  })
})
