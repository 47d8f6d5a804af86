import pg from 'pg'
import {afterAll, beforeAll, describe, expect, inject, it, vi} from 'vitest'
import {systemRandom} from '../../src/base/ids.ts'
import {outboundRows} from '../../src/delivery/enqueue.ts'
import type {Finished} from '../../src/delivery/results.ts'
import {settleAccepted} from '../../src/delivery/settle-accepted.ts'
import type {Stores, TenantDb} from '../../src/store/stores.ts'
import {makePlace, type Place} from '../support/stores.ts'

const id = (n: number) => `0192dddd-0000-7000-8000-${String(n).padStart(12, '0')}`
const [TENANT, CONFIG, CONTACT, CONVERSATION, MESSAGE] = [1, 2, 3, 4, 5].map(id) as [
  string,
  string,
  string,
  string,
  string,
]
const WAMID = 'wamid.one'
const now = Date.parse('2026-03-01T12:00:00Z')
const at = new Date(now)

describe.skipIf(!inject('postgres'))('an accepted message on PostgreSQL', () => {
  let place: Place
  let stores: Stores
  let db: TenantDb
  let admin: pg.Client

  beforeAll(async () => {
    place = await makePlace('postgres')
    stores = await place.open()
    admin = new pg.Client({connectionString: place.databaseUrl})
    await admin.connect()
    await stores.migrateTenant(TENANT)
    db = stores.tenant(TENANT)
    await db.write(async (tx) => {
      const owner = {tenant_id: TENANT, created_at: at, updated_at: at}
      await tx.insert('contacts', [{id: CONTACT, ...owner}])
      await tx.insert('conversations', [
        {
          id: CONVERSATION,
          ...owner,
          whatsapp_config_id: CONFIG,
          contact_id: CONTACT,
          status: 'active',
          holder: 'bot',
          reply_to: 'phone:5511999990000',
        },
      ])
      const where = {id: MESSAGE, conversationId: CONVERSATION, configId: CONFIG, contactId: CONTACT, now}
      const content = {kind: 'text', text: 'oi'} as const
      const rows = outboundRows({...where, address: 'phone:5511999990000', content, purpose: 'reply'})
      await tx.insert('messages', [rows.message])
      await tx.insert('outbox', [rows.outbox])
    })
  })
  afterAll(async () => {
    await stores.close()
    await admin.end()
    await place.remove()
  })

  /** What a turn writes that knows the message by its provider's id already; it commits when `until` resolves. */
  const read = (until: Promise<unknown>) =>
    db.write(async (tx) => {
      await tx.insert('message_statuses', [
        {whatsapp_message_id: WAMID, status: 'read', participant: '', data: null, created_at: at},
      ])
      await tx.update('messages', ['id'], [{id: MESSAGE, status: 'read', whatsapp_message_id: WAMID}])
      written()
      await until
    })
  let written: () => void

  const waitsForLock = () =>
    vi.waitFor(
      async () => {
        const {rows} = await admin.query(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        )
        expect(rows).toHaveLength(1)
      },
      {timeout: 10_000, interval: 20},
    )

  it('stays read when a turn writes that down in the midst of settling', async () => {
    const message = {id: MESSAGE, conversationId: CONVERSATION, contactId: CONTACT, recipient: 'phone:5511999990000'}
    const result = {outcome: 'accepted', providerId: WAMID, identities: []} as const
    const finished = [{message, attemptId: 'a', sent: {kind: 'text', text: 'oi'}, result, startedAt: now, endedAt: now}]
    const context = {configId: CONFIG, scope: {configId: CONFIG}, day: '2026-03-01', now, random: systemRandom}
    let commit!: (value?: unknown) => void
    const hasWritten = new Promise<void>((resolve) => (written = resolve))
    const turn = read(new Promise((resolve) => (commit = resolve)))
    await hasWritten
    const settling = db.write((tx) => settleAccepted(tx, finished as unknown as Finished[], context))
    await waitsForLock()
    commit()
    await Promise.all([turn, settling])
    const row = await db.read((q) =>
      q.selectFrom('messages').select('status').where('id', '=', MESSAGE).executeTakeFirst(),
    )
    expect(row).toEqual({status: 'read'})
  })
})
