import {addConfig} from '../../src/channels/accounts.ts'
import {createTurns} from '../../src/conversations/turns.ts'
import type {Runtime} from '../../src/runtime/runtime.ts'
import type {TenantDb} from '../../src/store/stores.ts'
import {createTenant} from '../../src/tenants/lifecycle.ts'
import {createTenantCache} from '../../src/tenants/tenant-cache.ts'
import {type ManualClock, manualClock} from './manual-clock.ts'
import {testRuntime} from './server.ts'
import type {Place} from './stores.ts'

/** A tenant whose customers write, with turns run by hand and nothing on the wire. */
export interface PeopleInside {
  runtime: Runtime
  clock: ManualClock
  db: TenantDb
  tenant: string
  /** Customers are numbers. Handles what they wrote before it returns. */
  say(customer: number, text: string): Promise<void>
  /** Only puts it into the inbox. */
  write(customer: number, text: string): Promise<void>
  /** Runs turns until there is nothing to do. */
  settle(): Promise<void>
  /** What a customer was told, in order. */
  told(customer: number): Promise<string[]>
  session(customer: number): Promise<{status: string; node: string | null; release: string; id: string} | undefined>
  close(): Promise<void>
}

const NUMBER = '106540352242922'
const phoneOf = (customer: number) => `55119876${String(50_000 + customer)}`

export async function openPeopleInside(place: Place, tenant: string): Promise<PeopleInside> {
  const clock = manualClock()
  const runtime = await testRuntime(place.env(), {clock})
  const id = runtime.ids.next()
  await createTenant(runtime, runtime.stores.control, {id, name: tenant})
  const db = runtime.stores.tenant(id)
  const config = await addConfig(runtime, db, {
    name: 'principal',
    api_type: 'official',
    phone_number: '+551140000001',
    phone_number_id: NUMBER,
    business_account_id: '102290129340398',
    access_token: 'token',
    app_secret: 'secret',
    daily_limit: null,
    rate_limit_per_minute: null,
  })
  const info = await createTenantCache(runtime).get(id)
  const turns = createTurns(runtime)
  let count = 0

  const contact = (customer: number) =>
    db.read((q) =>
      q
        .selectFrom('contact_identities')
        .select('contact_id')
        .where('value', '=', phoneOf(customer))
        .executeTakeFirstOrThrow(),
    )
  const write = async (customer: number, text: string) => {
    count++
    clock.skip(1000)
    const body = {
      type: 'message',
      dedupe: `m${count}`,
      number: NUMBER,
      businessAccountId: '102290129340398',
      providerId: `wamid.${count}`,
      stage: 1,
      at: clock.now(),
      from: [{kind: 'wa_id', value: phoneOf(customer)}],
      name: `Cliente ${customer}`,
      kind: 'text',
      text,
      content: {kind: 'text', text},
    }
    const row = {
      key: `${config.id} wa_id:${phoneOf(customer)}`,
      config_id: config.id,
      kind: 'message',
      dedupe_key: `m${count}`,
      body: JSON.stringify(body),
      raw_id: null,
      state: 'pending',
      attempts: 0,
      received_at: new Date(clock.now()),
    }
    await db.write((tx) => tx.insert('inbox', [row]))
  }
  const settle = async () => {
    while ((await turns.run(info)).handled > 0);
  }
  return {
    ...{runtime, clock, db, tenant, write, settle},
    async say(customer, text) {
      await write(customer, text)
      await settle()
    },
    async told(customer) {
      const {contact_id: contactId} = await contact(customer)
      const rows = await db.read((q) =>
        q
          .selectFrom('messages')
          .select('content')
          .where('contact_id', '=', contactId)
          .where('direction', '=', 'outbound')
          .orderBy('id')
          .execute(),
      )
      return rows.map(({content}) => content ?? '')
    },
    async session(customer) {
      const {contact_id: contactId} = await contact(customer)
      const row = await db.read((q) =>
        q
          .selectFrom('flow_sessions')
          .select(['id', 'status', 'current_node_id', 'release'])
          .where('contact_id', '=', contactId)
          .orderBy('started_at', 'desc')
          .executeTakeFirst(),
      )
      return row && {id: row.id, status: row.status, node: row.current_node_id, release: row.release}
    },
    close: () => runtime.close(),
  }
}
