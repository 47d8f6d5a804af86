import {expect, it} from 'vitest'
import {channels} from '../../src/channels/registry.ts'
import {MOST_ATTEMPTS} from '../../src/hooks/backoff.ts'
import {replayDeliveries} from '../../src/hooks/deliveries.ts'
import {HOOK_DELIVER} from '../../src/hooks/due.ts'
import {
  editHook,
  findHook,
  type HookRow,
  removeHook,
  rotateSecret,
  setHookState,
  targetOf,
} from '../../src/hooks/hooks.ts'
import {planHooks} from '../../src/hooks/plan.ts'
import {signatureOf} from '../../src/hooks/signature.ts'
import {recoverJobs} from '../../src/jobs/queue.ts'
import {runJob} from '../../src/jobs/worker.ts'
import {jobHandlers} from '../../src/operations/job-handlers.ts'
import type {TenantDb} from '../../src/store/stores.ts'
import {serve} from '../support/http-server.ts'
import {type RecordedRequest, recordingServer} from '../support/recording-server.ts'
import {onBothEngines} from '../support/stores.ts'
import {DAY_MS, HOUR_MS, HookRig, MINUTE_MS} from './rig.ts'

onBothEngines('a hook', (place) => {
  const rig = new HookRig(place)

  it('is told what it chose, signed, in the form of the scheme, and nothing that was before it', async () => {
    await rig.happen(1)
    const {row, secret} = await rig.add()
    await rig.happen(2)
    await rig.happen(1, 'message_read')
    expect(await rig.deliver()).toBe(true)
    expect(rig.told().sort()).toEqual([1, 2])
    for (const {method, url, headers, body, json} of rig.receiver.requests) {
      expect({method, url}).toEqual({method: 'POST', url: '/hook'})
      expect(json).toMatchObject({
        id: headers['webhook-id'],
        type: 'message_received',
        timestamp: expect.stringMatching(/^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$/) as string,
        tenant_id: rig.db.name,
        data: {text: 'olá', message: {direction: 'inbound', content: 'olá'}},
      })
      const timestamp = Number(headers['webhook-timestamp'])
      expect(Math.abs(timestamp * 1000 - rig.runtime.clock.now())).toBeLessThan(10_000)
      const signed = {id: String(headers['webhook-id']), timestamp, body}
      expect(headers['webhook-signature']).toBe(signatureOf([secret], signed))
      expect(headers['content-type']).toBe('application/json')
    }
    expect(await rig.deliveries()).toMatchObject([
      {hook_id: row.id, type: 'message_received', state: 'delivered', attempts: 1, status: 200, due_at: null},
      {state: 'delivered'},
    ])
    expect(await rig.deliver()).toBe(false)
    expect(await rig.db.read((q) => q.selectFrom('jobs').selectAll().execute())).toEqual([])
  })

  it('keeps its secret encrypted, and while it is changed both sign', async () => {
    const {row, secret} = await rig.add()
    expect(row.secret).not.toContain(secret.slice(6, 20))
    const rotated = await rotateSecret(rig.runtime, rig.db, row, {keepMs: HOUR_MS})
    expect(targetOf(rig.runtime, rotated.row).secrets).toEqual([rotated.secret, secret])
    await rig.happen(1)
    await rig.deliver()
    const [{headers, body}] = rig.receiver.requests as [RecordedRequest]
    const signed = {id: String(headers['webhook-id']), timestamp: Number(headers['webhook-timestamp']), body}
    expect(headers['webhook-signature']).toBe(signatureOf([rotated.secret, secret], signed))
    rig.ahead += HOUR_MS + 1000
    expect(targetOf(rig.runtime, rotated.row).secrets).toEqual([rotated.secret])
  })

  it('is told again, with the same id, until it takes it', async () => {
    rig.answer = (_request, count) => ({status: count < 3 ? 500 : 204, body: 'x'.repeat(5000)})
    await rig.add()
    await rig.happen(1)
    await rig.deliver()
    expect(await rig.deliveries()).toMatchObject([
      {state: 'pending', attempts: 1, status: 500, error: 'The receiver answered 500.', response: 'x'.repeat(1024)},
    ])
    expect(await rig.deliver(), 'not before its time').toBe(false)
    rig.ahead += 6000
    await rig.deliver()
    expect((await rig.deliveries())[0]).toMatchObject({attempts: 2, state: 'pending'})
    rig.ahead += MINUTE_MS
    expect(await rig.deliver()).toBe(false)
    rig.ahead += 5 * MINUTE_MS
    await rig.deliver()
    expect(await rig.deliveries()).toMatchObject([{state: 'delivered', attempts: 3, status: 204, error: null}])
    expect(new Set(rig.idsTold()).size).toBe(1)
    expect((await findHook(rig.db, 'crm')).failing_since_at).toBeNull()
  })

  it('knows of failures that are no answer', async () => {
    await using silent = await recordingServer(() => undefined)
    await rig.add({url: `${silent.url}/hook`})
    await rig.happen(1)
    await rig.deliver()
    expect(await rig.deliveries()).toMatchObject([
      {state: 'pending', status: null, response: null, error: expect.stringContaining('broke before') as string},
    ])
  })

  it('is not followed elsewhere', async () => {
    rig.answer = ({url}) => (url === '/hook' ? {status: 307, headers: {location: '/other'}} : {})
    await rig.add()
    await rig.happen(1)
    await rig.deliver()
    expect(rig.receiver.requests).toHaveLength(1)
    expect((await rig.deliveries())[0]).toMatchObject({
      state: 'pending',
      status: 307,
      error: 'The receiver answered 307; redirects are not followed.',
    })
  })

  it.each([429, 503])('is left alone for as long as it asks for with %s', async (status) => {
    rig.answer = (_request, count) => (count === 1 ? {status, headers: {'retry-after': '600'}} : {})
    await rig.add({concurrency: 1})
    await rig.happen(3)
    await rig.deliver()
    expect(rig.receiver.requests, 'nothing more after the plea').toHaveLength(1)
    const [due] = await rig.dueAt()
    expect((due?.at ?? 0) - rig.runtime.clock.now()).toBeGreaterThan(590_000)
    rig.ahead += 5 * MINUTE_MS
    await rig.happen(1, 'message_received', 4)
    expect(await rig.deliver()).toBe(false)
    rig.ahead += 5 * MINUTE_MS
    await rig.deliver()
    expect(rig.told().sort()).toEqual([1, 1, 2, 3, 4])
  })

  it.each([
    ['paused', (row: HookRow) => setHookState(rig.runtime, rig.db, row, 'paused')],
    ['removed', (row: HookRow) => removeHook(rig.db, row.id)],
    ['led elsewhere', (row: HookRow) => editHook(rig.runtime, rig.db, row, {url: `${rig.receiver.url}/new`})],
  ])('that is %s in the middle of its queue is not told the rest as it was', async (what, change) => {
    const {row} = await rig.add({ordered: true})
    await rig.happen(30)
    let changed: Promise<unknown> | undefined
    rig.answer = (_request, count) => {
      if (count === 3) changed = change(row)
      return {}
    }
    await rig.deliver()
    await changed
    const old = rig.receiver.requests.filter(({url}) => url === '/hook')
    expect(old.length).toBeLessThan(6)
    const all = what === 'led elsewhere' ? Array.from({length: 30}, (_, n) => n + 1) : rig.told()
    expect(rig.told()).toEqual(all)
  })

  it('is switched off at once by 410, with an event, and goes on when it is resumed', async () => {
    rig.answer = () => ({status: 410})
    const {row} = await rig.add({concurrency: 1})
    await rig.add({name: 'ops', url: `${rig.receiver.url}/ops`, types: ['hook_disabled']})
    await rig.happen(2)
    await rig.deliver()
    const off = await findHook(rig.db, 'crm')
    expect(off).toMatchObject({state: 'disabled', reason: 'The receiver answered 410 Gone.'})
    expect((await rig.events('hook_disabled')).map(({data}) => data)).toEqual([
      {hook_id: row.id, hook: 'crm', reason: 'gone', message: 'The receiver answered 410 Gone.'},
    ])
    rig.answer = () => ({})
    rig.receiver.requests.length = 0
    await rig.happen(1, 'message_received', 3)
    await rig.deliver()
    expect(rig.receiver.requests.map(({url}) => url)).toEqual(['/ops'])
    await setHookState(rig.runtime, rig.db, off, 'active')
    rig.receiver.requests.length = 0
    await rig.deliver()
    expect(rig.told().sort()).toEqual([1, 2, 3])
  })

  it('that keeps its order is told one at a time, and one that fails holds the rest', async () => {
    rig.answer = ({json}, count) => {
      const {n} = (json as {data: {n: number}}).data
      return {status: n === 2 && count < 4 ? 500 : 200}
    }
    await rig.add({ordered: true})
    await rig.happen(4)
    await rig.deliver()
    expect(rig.told()).toEqual([1, 2])
    rig.ahead += 6000
    await rig.deliver()
    expect(rig.told()).toEqual([1, 2, 2])
    await rig.happen(1, 'message_received', 5)
    await rig.deliver()
    expect(rig.told()).toEqual([1, 2, 2])
    rig.ahead += 6 * MINUTE_MS
    await rig.deliver()
    expect(rig.told()).toEqual([1, 2, 2, 2, 3, 4, 5])
  })

  it('is told several things at once where there is no order, and no more than it should be', async () => {
    let now = 0
    let most = 0
    const http = rig.runtime.http
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
    rig.answer = ({json}) => ({status: (json as {data: {n: number}}).data.n === 1 ? 500 : 200})
    await rig.add({concurrency: 3})
    await rig.happen(30)
    const whole = rig.runtime
    rig.runtime = {...rig.runtime, http: counting}
    await rig.deliver()
    rig.runtime = whole
    expect(most).toBe(3)
    expect((await rig.deliveries()).map(({state}) => state)).toEqual([
      'pending',
      ...Array<string>(29).fill('delivered'),
    ])
  })

  it('is told again with the same ids when the process died in between, and nothing is left out', async () => {
    await rig.add()
    await rig.happen(3)
    await planHooks(rig.runtime, rig.db)
    const job = await rig.claim()
    if (!job) throw new Error('There is no job.')
    const handlers = jobHandlers(rig.runtime, channels)
    // It is told, and then the process dies before a result is written.
    const dying: TenantDb = {
      ...rig.db,
      read: (run) => rig.db.read(run),
      write: (run) => (rig.receiver.requests.length > 0 ? Promise.reject(new Error('killed')) : rig.db.write(run)),
    }
    const context = {job, signal: new AbortController().signal, progress: () => Promise.resolve()}
    await expect(handlers[HOOK_DELIVER]?.run({...context, db: dying})).rejects.toThrow('killed')
    const first = rig.idsTold()
    expect(first).toHaveLength(3)
    expect(await rig.deliver(), 'its claim is not over').toBe(false)
    rig.ahead += 21_000
    const recover = {kinds: [HOOK_DELIVER], now: rig.runtime.clock.now(), token: () => 't', dead: () => false}
    expect(await recoverJobs(rig.db, {...recover, kinds: ['other']})).toEqual([])
    await recoverJobs(rig.db, recover)
    expect(await rig.deliver()).toBe(true)
    expect(rig.idsTold().slice(3).sort()).toEqual([...first].sort())
    expect((await rig.deliveries()).map(({state}) => state)).toEqual(['delivered', 'delivered', 'delivered'])
  })

  it('does not count what was broken off because the server stops, and tells it after the next start', async () => {
    let asked = 0
    await using silent = await serve(() => void asked++)
    const {row} = await rig.add({url: `${silent.url}/hook`})
    await rig.happen(2)
    await planHooks(rig.runtime, rig.db)
    const job = await rig.claim()
    if (!job) throw new Error('There is no job.')
    const stopping = new AbortController()
    const run = {db: rig.db, job, stopping: stopping.signal}
    const running = runJob(rig.runtime, jobHandlers(rig.runtime, channels), run)
    await expect.poll(() => asked).toBe(2)
    stopping.abort()
    await running
    expect(await rig.deliveries()).toMatchObject([
      {state: 'pending', attempts: 0},
      {state: 'pending', attempts: 0},
    ])
    expect((await findHook(rig.db, row.id)).failing_since_at).toBeNull()
    await editHook(rig.runtime, rig.db, row, {url: `${rig.receiver.url}/hook`})
    await rig.deliver()
    expect(rig.told().sort()).toEqual([1, 2])
  })

  it('gives up after three days of tries, keeps what is dead, and tells it when it is replayed', async () => {
    rig.answer = ({json}) => ({status: (json as {data: {n: number}}).data.n === 1 ? 400 : 200})
    await rig.add()
    for (let n = 0; n < MOST_ATTEMPTS; n++) {
      // Something else is taken each time, so the hook is well.
      await rig.happen(n === 0 ? 2 : 1, 'message_received', n === 0 ? 1 : n + 2)
      await rig.deliver()
      rig.ahead += 27 * HOUR_MS
    }
    const [dead] = await rig.deliveries()
    expect(dead).toMatchObject({state: 'dead', attempts: MOST_ATTEMPTS, due_at: null, status: 400})
    expect(await rig.deliver()).toBe(false)
    rig.answer = () => ({})
    rig.receiver.requests.length = 0
    const hook = await findHook(rig.db, 'crm')
    expect(hook.state).toBe('active')
    expect(await replayDeliveries(rig.db, hook, {now: rig.runtime.clock.now()})).toBe(1)
    await rig.deliver()
    expect(rig.told()).toEqual([1])
    const taken = (await rig.deliveries()).at(-1)?.id ?? ''
    expect(await replayDeliveries(rig.db, hook, {ids: [taken], now: rig.runtime.clock.now()})).toBe(1)
    await expect(replayDeliveries(rig.db, hook, {ids: [taken], now: 0})).rejects.toThrow('is not over')
    const other = rig.runtime.ids.next()
    await expect(replayDeliveries(rig.db, hook, {ids: [taken, other], now: 0})).rejects.toMatchObject({
      code: 'CONFLICT',
    })
    await expect(replayDeliveries(rig.db, hook, {ids: [other], now: 0})).rejects.toMatchObject({code: 'NOT_FOUND'})
    await rig.deliver()
    expect(rig.receiver.requests).toHaveLength(2)
  })

  it('is switched off after three days of nothing but failures, and loses nothing by it', async () => {
    rig.answer = () => ({status: 502})
    await rig.add()
    await rig.happen(1)
    for (let hours = 0; hours < 80 && (await findHook(rig.db, 'crm')).state === 'active'; hours++) {
      await rig.happen(1, 'message_received', hours + 2)
      await rig.deliver()
      rig.ahead += HOUR_MS
    }
    const off = await findHook(rig.db, 'crm')
    expect(off).toMatchObject({state: 'disabled', reason: expect.stringContaining('Nothing was taken since') as string})
    expect(rig.ahead).toBeGreaterThan(3 * DAY_MS)
    expect((await rig.events('hook_disabled')).map(({data}) => data.reason)).toEqual(['failing'])
    expect(JSON.stringify(await rig.events('hook_disabled'))).not.toContain(rig.receiver.url)
    rig.answer = () => ({})
    rig.receiver.requests.length = 0
    await setHookState(rig.runtime, rig.db, off, 'active')
    await rig.deliver()
    const all = await rig.events('message_received')
    expect(rig.told().sort((a, b) => a - b)).toEqual(all.map(({data}) => data.n))
  })
})
