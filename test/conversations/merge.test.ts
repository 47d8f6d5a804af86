import {afterAll, beforeAll, beforeEach, expect, it} from 'vitest'
import type {Identity} from '../../src/base/message.ts'
import {addConfig} from '../../src/channels/accounts.ts'
import type {InboundMessage} from '../../src/channels/channel.ts'
import {createTurns} from '../../src/conversations/turns.ts'
import {applyFlows} from '../../src/deploy/apply.ts'
import {loadFlow} from '../../src/flow/definition.ts'
import type {Runtime} from '../../src/runtime/runtime.ts'
import type {TenantDb} from '../../src/store/stores.ts'
import {createTenant} from '../../src/tenants/lifecycle.ts'
import {createTenantCache, type TenantInfo} from '../../src/tenants/tenant-cache.ts'
import {manualClock} from '../support/manual-clock.ts'
import {testRuntime} from '../support/server.ts'
import {onBothEngines} from '../support/stores.ts'

const WABA = '102290129340398'
const flow = `
flow: pergunta
trigger: {type: message_received}
nodes:
  - {id: pergunta, type: message, data: {text: "Qual?"}, next: espera}
  - {id: espera, type: wait, data: {timeout: 2h}, next: pergunta}
`

onBothEngines('two contacts that are one person', (place) => {
  const clock = manualClock()
  let runtime: Runtime
  let db: TenantDb
  let tenant: TenantInfo
  let configId: string
  let count = 0
  let phone: Identity
  let user: Identity

  beforeAll(async () => {
    runtime = await testRuntime(place().env(), {clock})
    const id = runtime.ids.next()
    await createTenant(runtime, runtime.stores.control, {id, name: 'Empresa'})
    db = runtime.stores.tenant(id)
    const config = await addConfig(runtime, db, {
      name: 'principal',
      api_type: 'official',
      phone_number: '+551140000001',
      phone_number_id: '106540352242922',
      business_account_id: WABA,
      access_token: 'token',
      app_secret: 'secret',
      daily_limit: null,
      rate_limit_per_minute: null,
    })
    configId = config.id
    const loaded = loadFlow(flow, 'pergunta.yaml')
    if (!loaded.flow) throw new Error(JSON.stringify(loaded.problems))
    await applyFlows(db, [loaded.flow], {author: 'test', now: clock.now(), ids: runtime.ids})
    tenant = await createTenantCache(runtime).get(id)
  })
  afterAll(() => runtime.close())
  beforeEach(() => {
    count++
    phone = {kind: 'wa_id', value: `55119876${String(50_000 + count)}`}
    user = {kind: 'bsuid', value: `BR.${1000 + count}`, scope: WABA}
  })

  const message = (from: Identity[], text: string, more: Partial<InboundMessage> = {}): InboundMessage => ({
    type: 'message',
    dedupe: `m ${count} ${text}`,
    number: '106540352242922',
    businessAccountId: WABA,
    providerId: `wamid.${count}.${text}`,
    stage: 1,
    at: clock.now(),
    from,
    kind: 'text',
    text,
    content: {kind: 'text', text},
    ...more,
  })
  /** One batch of turns over all of these. */
  const receive = async (...messages: InboundMessage[]) => {
    await db.write((tx) =>
      tx.insert(
        'inbox',
        messages.map((body) => ({
          key: body.dedupe,
          config_id: configId,
          kind: 'message',
          dedupe_key: body.dedupe,
          body: JSON.stringify(body),
          raw_id: null,
          state: 'pending',
          attempts: 0,
          received_at: new Date(clock.now()),
        })),
      ),
    )
    const report = await createTurns(runtime).run(tenant)
    expect(report.handled).toBe(messages.length)
    clock.skip(1000)
  }
  const contactOf = async (identity: Identity) => {
    const row = await db.read((q) =>
      q.selectFrom('contact_identities').selectAll().where('value', '=', identity.value).executeTakeFirst(),
    )
    const id = row?.contact_id ?? ''
    return db.read((q) => q.selectFrom('contacts').selectAll().where('id', '=', id).executeTakeFirstOrThrow())
  }
  const rowsOf = (table: 'conversations' | 'messages' | 'outbox' | 'flow_sessions' | 'contact_consents', id: string) =>
    db.read((q) => q.selectFrom(table).selectAll().where('contact_id', '=', id).execute()) as Promise<
      {status?: string; content?: string | null; id?: string}[]
    >
  const merges = () =>
    db.read((q) => q.selectFrom('events').select('data').where('type', '=', 'contact_merged').orderBy('seq').execute())

  it('become the older one, with all that was said, waits and is open', async () => {
    await receive(message([phone], 'a1', {name: 'Ana'}))
    await receive(message([user], 'b1'))
    const [older, younger] = [await contactOf(phone), await contactOf(user)]
    expect(older.id).not.toBe(younger.id)
    await receive(message([phone, user], 'c1'))
    expect((await contactOf(user)).id).toBe(older.id)
    expect((await contactOf(phone)).id).toBe(older.id)
    for (const table of ['conversations', 'messages', 'outbox', 'flow_sessions'] as const)
      expect(await rowsOf(table, younger.id), table).toEqual([])
    const said = (await rowsOf('messages', older.id)).map(({content}) => content)
    expect(said).toEqual(expect.arrayContaining(['a1', 'b1', 'c1']))
    const open = (await rowsOf('conversations', older.id)).filter(({status}) => status === 'active')
    expect(open).toHaveLength(1)
    const living = (await rowsOf('flow_sessions', older.id)).filter(({status}) => status === 'active')
    expect(living.length).toBeLessThanOrEqual(1)
    expect((await merges()).at(-1)?.data).toMatchObject({contact_id: older.id, merged_contact_id: younger.id})
  })

  it('keep what an ERP knows of them, and their look-ups count together', async () => {
    await receive(message([phone], 'a1', {name: 'Ana'}))
    await receive(message([user], 'b1'))
    const [older, younger] = [await contactOf(phone), await contactOf(user)]
    const connection = runtime.ids.next()
    const now = new Date(clock.now())
    const customer = {connection_id: connection, customer_id: '11', contact_id: younger.id, synced_at: now}
    await db.write(async (tx) => {
      await tx.insert('erp_customers', [customer])
      await tx.insert('erp_invoices', [{...customer, invoice_id: '7', status: 'open', amount_cents: 100}])
      await tx.insert(
        'erp_lookups',
        [older.id, younger.id, younger.id].map((contact_id, n) => ({contact_id, day: '2026-03-01', mark: `m${n % 2}`})),
      )
    })
    await receive(message([phone, user], 'c1'))
    for (const table of ['erp_customers', 'erp_invoices'] as const) {
      const rows = await db.read((q) => q.selectFrom(table).select('contact_id').execute())
      expect(rows).toEqual([{contact_id: older.id}])
    }
    const marks = await db.read((q) => q.selectFrom('erp_lookups').selectAll().orderBy('mark').execute())
    expect(marks.map(({contact_id: id, mark}) => [id, mark])).toEqual([
      [older.id, 'm0'],
      [older.id, 'm1'],
    ])
  })

  it('stay opted out when one of them was, and keep both histories of consent', async () => {
    await receive(message([user], 'b1'))
    await receive(message([phone], 'SAIR'))
    const [older, younger] = [await contactOf(user), await contactOf(phone)]
    expect([older.opted_in, younger.opted_in]).toEqual([true, false])
    await receive(message([phone, user], 'c1'))
    const merged = await contactOf(phone)
    expect(merged).toMatchObject({id: older.id, opted_in: false, phone: younger.phone})
    expect(await rowsOf('contact_consents', older.id)).toHaveLength(1)
  })

  it('are told apart from others by nothing but their own messages of one webhook', async () => {
    await receive(message([phone], 'a1'))
    await receive(message([user], 'b1'))
    const older = await contactOf(phone)
    await receive(message([user], 'b2'), message([phone], 'a2'), message([phone, user], 'c1'))
    const texts = (await rowsOf('messages', older.id)).map(({content}) => content)
    expect(texts).toEqual(expect.arrayContaining(['a1', 'b1', 'b2', 'a2', 'c1']))
    expect((await rowsOf('conversations', older.id)).filter(({status}) => status === 'active')).toHaveLength(1)
  })

  it('are never two when one webhook brings them and what links them, though nobody knew them', async () => {
    const before = (await merges()).length
    await receive(message([phone], 'a1'), message([user], 'b1'), message([phone, user], 'c1'))
    expect((await contactOf(phone)).id).toBe((await contactOf(user)).id)
    expect(await merges()).toHaveLength(before)
  })

  it("are one when a number is known without Brazil's ninth digit and with it", async () => {
    const short = {kind: 'wa_id', value: `554799${String(880_000 + count).slice(-6)}`} as const
    const long = {kind: 'wa_id', value: `5547999${String(880_000 + count).slice(-6)}`} as const
    await receive(message([user], 'b1'))
    const older = await contactOf(user)
    // Written by an older program, in the form the number came in.
    await db.write((tx) =>
      tx.insert('contact_identities', [{kind: 'phone', scope: '', value: short.value, contact_id: older.id}]),
    )
    await receive(message([long], 'l1'))
    expect((await contactOf(long)).id).toBe(older.id)
    await receive(message([short], 's1'))
    expect((await contactOf(short)).id).toBe(older.id)
  })

  it('leave open what a person holds, and the 24 hours count from the latest word', async () => {
    await receive(message([phone], 'a1'))
    await receive(message([user], 'b1'))
    const older = await contactOf(phone)
    const held = await rowsOf('conversations', older.id)
    await db.write((tx) =>
      tx.update('conversations', ['id'], [{id: held[0]?.id ?? '', holder: 'human', assigned_to: null}]),
    )
    const last = clock.now() + 1000
    clock.skip(1000)
    await receive(message([phone, user], 'c1', {at: last}))
    const open = (await rowsOf('conversations', older.id)).filter(({status}) => status === 'active')
    expect(open).toMatchObject([{id: held[0]?.id, holder: 'human', last_inbound_at: new Date(last)}])
  })

  it('take along a message that is on its way, whose answer comes after the merge', async () => {
    await receive(message([phone], 'a1'))
    await receive(message([user], 'b1'))
    const [older, younger] = [await contactOf(phone), await contactOf(user)]
    expect(await rowsOf('outbox', younger.id)).toHaveLength(1)
    await receive(message([phone, user], 'c1'))
    expect((await rowsOf('outbox', older.id)).length).toBeGreaterThanOrEqual(2)
    expect(await db.read((q) => q.selectFrom('contacts').select('id').where('id', '=', younger.id).execute())).toEqual(
      [],
    )
  })
})
