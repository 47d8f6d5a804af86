import {afterAll, beforeAll, describe, expect, it} from 'vitest'
import {systemClock} from '../../src/base/clock.ts'
import {systemRandom} from '../../src/base/ids.ts'
import {channels} from '../../src/channels/registry.ts'
import {ERP_SYNC, planSync} from '../../src/conversations/erp-sync-job.ts'
import {addConnection, type ConnectionRow, findConnection, removeConnection} from '../../src/erp/connections.ts'
import {type ErpType, erpTypes} from '../../src/erp/connector.ts'
import {connectors} from '../../src/erp/registry.ts'
import {claimJobs} from '../../src/jobs/queue.ts'
import {runJob} from '../../src/jobs/worker.ts'
import {jobHandlers} from '../../src/operations/job-handlers.ts'
import type {Runtime} from '../../src/runtime/runtime.ts'
import {type Sandbox, startSandbox} from '../../src/sandbox/sandbox.ts'
import {toJson} from '../../src/store/columns.ts'
import type {TenantDb} from '../../src/store/stores.ts'
import {createTenant} from '../../src/tenants/lifecycle.ts'
import {credentialsFor} from '../support/erp.ts'
import {testRuntime} from '../support/server.ts'
import {onBothEngines} from '../support/stores.ts'

const INTERVAL = 6 * 3600

onBothEngines('the sync of an ERP', (place) => {
  let sandbox: Sandbox
  let runtime: Runtime
  let db: TenantDb
  /** How far the clock of the program is ahead. */
  let ahead = 0

  beforeAll(async () => {
    const clock = {
      ...systemClock,
      now: () => systemClock.now() + ahead,
      monotonic: () => systemClock.monotonic() + ahead,
    }
    runtime = {...(await testRuntime(place().env())), clock}
  })
  afterAll(() => runtime.close())

  const fresh = async () => {
    sandbox = await startSandbox({clock: systemClock, random: systemRandom})
    const id = runtime.ids.next()
    await createTenant(runtime, runtime.stores.control, {id, name: `Empresa ${id.slice(-8)}`})
    db = runtime.stores.tenant(id)
  }

  const connect = (type: ErpType): Promise<ConnectionRow> => {
    const {apiKey, apiSecret, credentials} = credentialsFor[type]
    const secrets = {api_key: apiKey, api_secret: apiSecret, credentials}
    const at = {api_url: sandbox.erpUrl, allow_private_network: true, sync_enabled: true, sync_interval: INTERVAL}
    return addConnection(runtime, db, {id: runtime.ids.next(), erp_type: type, name: type, ...secrets, ...at})
  }

  /** Runs the sync that is due now. */
  const sync = async (row: ConnectionRow) => {
    await db.write((tx) => planSync(runtime, tx, row.id, {dueAt: runtime.clock.now(), createdBy: 'test'}))
    const handlers = jobHandlers(runtime, channels)
    const claim = {kinds: [ERP_SYNC], limit: 1, now: runtime.clock.now(), token: () => runtime.ids.next()}
    const [job] = await claimJobs(db, claim)
    if (!job) throw new Error('There is no sync to run.')
    return runJob(runtime, handlers, {db, job, stopping: new AbortController().signal})
  }
  const contact = (phone: string) =>
    db.read((q) => q.selectFrom('contacts').selectAll().where('phone', '=', phone).executeTakeFirst())
  const overdueEvents = () =>
    db.read((q) => q.selectFrom('events').select('data').where('type', '=', 'invoice_overdue').orderBy('seq').execute())
  const waiting = () =>
    db.read((q) =>
      q.selectFrom('jobs').selectAll().where('kind', '=', ERP_SYNC).where('state', '=', 'pending').execute(),
    )

  describe.each(erpTypes)('%s', (type) => {
    beforeAll(fresh)
    afterAll(() => sandbox.close())

    it('brings customers and invoices into contacts, tells what is overdue once, and plans the next time', async () => {
      const row = await connect(type)
      const first = await sync(row)
      expect(first).toMatchObject({
        done: {customers: 100, contacts_added: 99, without_phone: 0, conflicts: 1, failed: 0},
      })
      const maria = await contact('+5547999990001')
      expect(maria?.name?.toUpperCase()).toBe('MARIA APARECIDA TESTE')
      expect(maria?.attributes).toMatchObject({
        ...{erp_connection: type, erp_active: true, erp_overdue_count: 1, erp_overdue_cents: 11990},
        ...{erp_open_cents: 23980, erp_next_due_on: expect.stringMatching(/^\d{4}-\d\d-\d\d$/) as string},
      })
      const told = await overdueEvents()
      expect(told.length).toBeGreaterThan(50)
      expect(new Set(told.map(({data}) => data.invoice_id)).size).toBe(told.length)
      const one = told.find(({data}) => data.contact_id === maria?.id)
      expect(one?.data).toMatchObject({
        connection: type,
        amount_cents: 11990,
        currency: 'BRL',
        contact_phone: '+5547999990001',
      })
      const [next] = await waiting()
      expect(next?.due_at.getTime()).toBeGreaterThan(runtime.clock.now() + (INTERVAL - 60) * 1000)
      expect(await sync(row)).toMatchObject({done: {contacts_added: 0, contacts_changed: 0, overdue: 0}})
      expect(await overdueEvents()).toHaveLength(told.length)
    })
  })

  describe('later', () => {
    beforeAll(fresh)
    afterAll(() => sandbox.close())

    it('asks for what changed only, and sees debts of those who did not change all the same', async () => {
      const row = await connect('ixcsoft')
      await sync(row)
      const before = (await overdueEvents()).length
      const maria = sandbox.erp.people[0]
      const open = maria?.invoices.find(({paid, due}) => !paid && due > new Date().toISOString().slice(0, 10))
      if (!maria || !open) throw new Error('Maria owes nothing yet.')
      open.due = '2026-01-10'
      const again = await sync(row)
      expect(again).toMatchObject({done: {full: false, customers: 0, overdue: 1, contacts_changed: 1}})
      expect((await overdueEvents()).slice(before).map(({data}) => data.invoice_id)).toEqual([String(open.n)])
      for (const invoice of maria.invoices) invoice.paid = '2026-11-01'
      await sync(row)
      const {attributes} = (await contact('+5547999990001')) ?? {}
      expect(attributes).toMatchObject({erp_open_cents: 0, erp_overdue_count: 0, erp_next_due_on: null})
      ahead += 25 * 3_600_000
      expect(await sync(row)).toMatchObject({done: {full: true, customers: 100}})
    })

    it('leaves to people what people said, and to others what is theirs', async () => {
      const joao = await contact('+5547999990002')
      const attributes = toJson({...joao?.attributes, cor: 'azul', erp_plan: 'outro'})
      await db.write((tx) =>
        tx.db
          .updateTable('contacts')
          .set({name: 'Jão', email: 'eu@mail.example', attributes})
          .where('id', '=', joao?.id ?? '')
          .execute(),
      )
      ahead += 25 * 3_600_000
      await sync(await findConnection(db, 'ixcsoft'))
      const after = await contact('+5547999990002')
      expect(after).toMatchObject({name: 'Jão', email: 'eu@mail.example'})
      expect(after?.attributes).toMatchObject({cor: 'azul', erp_plan: 'FIBRA 500 MEGA', erp_status: 'blocked'})
    })

    it('waits for an ERP that is away, tells when it gives up, and comes again', async () => {
      const row = await findConnection(db, 'ixcsoft')
      sandbox.setFaults(['* *: 503'])
      const outcomes = []
      for (let attempt = 1; attempt <= 5; attempt++) {
        outcomes.push(await sync(row))
        ahead += 3_600_000
      }
      expect(outcomes.slice(0, 4)).toMatchObject([60_000, 120_000, 240_000, 480_000].map((ms) => ({retryInMs: ms})))
      expect(outcomes[4]).toMatchObject({failed: expect.stringContaining('IXC Soft') as string})
      expect((await findConnection(db, 'ixcsoft')).sync_state).toMatchObject({
        error: expect.any(String) as string,
        customers: 100,
      })
      expect(await waiting()).toHaveLength(1)
      sandbox.setFaults([])
      ahead += 3_600_000
      expect(await sync(row)).toMatchObject({done: {full: true}})
    })

    it('ends with the connection', async () => {
      const row = await findConnection(db, 'ixcsoft')
      await removeConnection(db, row.id)
      expect(await sync(row)).toEqual({done: {reason: 'the connection is gone'}})
      expect(await waiting()).toEqual([])
      expect(await contact('+5547999990001')).toBeDefined()
    })
  })

  it('of every connector it is known how often it may be', () => {
    for (const type of erpTypes) expect(connectors[type].capabilities.syncFloor).toBeLessThanOrEqual(INTERVAL)
  })
})
