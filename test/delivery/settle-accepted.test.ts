import pg from 'pg'
import {afterAll, beforeAll, expect, it, vi} from 'vitest'
import {systemRandom} from '../../src/base/ids.ts'
import {providerErrorOf} from '../../src/channels/cloud/error.ts'
import {outboundRows} from '../../src/delivery/enqueue.ts'
import type {Finished} from '../../src/delivery/results.ts'
import {settleAccepted, writeSent} from '../../src/delivery/settle-accepted.ts'
import type {Stores, TenantDb} from '../../src/store/stores.ts'
import {toJson} from '../../src/store/columns.ts'
import {onBothEngines} from '../support/stores.ts'

const id = (n: number) => `0192dddd-0000-7000-8000-${String(n).padStart(12, '0')}`
const [TENANT, CONFIG, CONTACT, CONVERSATION] = [1, 2, 3, 4].map(id) as [string, string, string, string]
const now = Date.parse('2026-03-01T12:00:00Z')
const at = new Date(now)

onBothEngines('an accepted message', (place) => {
  let stores: Stores
  let db: TenantDb

  beforeAll(async () => {
    stores = await place().open()
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
    })
  })
  afterAll(() => stores.close())

  const content = {kind: 'text', text: 'oi'} as const
  const queue = (message: string) =>
    db.write(async (tx) => {
      const where = {id: message, conversationId: CONVERSATION, configId: CONFIG, contactId: CONTACT, now}
      const rows = outboundRows({...where, address: 'phone:5511999990000', content, purpose: 'reply'})
      await tx.insert('messages', [rows.message])
      await tx.insert('outbox', [rows.outbox])
    })
  const settle = async (tx: Parameters<typeof settleAccepted>[0], message: string, providerId: string) => {
    const owner = {id: message, conversationId: CONVERSATION, contactId: CONTACT, recipient: 'phone:5511999990000'}
    const result = {outcome: 'accepted', providerId, identities: []} as const
    const finished = [{message: owner, attemptId: 'a', sent: content, result, startedAt: now, endedAt: now}]
    const context = {configId: CONFIG, scope: {configId: CONFIG}, day: '2026-03-01', now, random: systemRandom}
    return settleAccepted(tx, await writeSent(tx, finished as unknown as Finished[]), context)
  }
  const rowOf = (message: string) =>
    db.read((q) =>
      q
        .selectFrom('messages')
        .select(['status', 'error_message', 'next_step'])
        .where('id', '=', message)
        .executeTakeFirst(),
    )

  it('whose failure was told before it was known shows why, and an event tells it', async () => {
    const [message, providerId] = [id(5), 'wamid.early']
    const error = providerErrorOf({code: 131_009, error_data: {details: 'reaction.message_id is not known'}})
    await queue(message)
    await db.write((tx) =>
      tx.insert('message_statuses', [
        {whatsapp_message_id: providerId, status: 'failed', participant: '', data: toJson({error}), created_at: at},
      ]),
    )
    await db.write((tx) => settle(tx, message, providerId))
    expect(await rowOf(message)).toEqual({
      status: 'failed',
      error_message: '131009: A field has a value that WhatsApp does not accept. (reaction.message_id is not known)',
      next_step: 'Correct the field named in the details.',
    })
    const events = await db.read((q) => q.selectFrom('events').select(['type', 'data']).orderBy('seq').execute())
    expect(events.map(({type}) => type)).toEqual(['message_sent', 'message_failed'])
    expect(events[1]?.data).toMatchObject({
      message_id: message,
      error_code: '131009',
      details: 'reaction.message_id is not known',
    })
  })

  it('stays read when a turn writes that down in the midst of settling', async () => {
    // SQLite has one writer, so nobody comes in between.
    if (place().engine === 'sqlite') return
    const [message, providerId] = [id(6), 'wamid.one']
    await queue(message)
    const admin = new pg.Client({connectionString: place().databaseUrl})
    await admin.connect()
    const [hasWritten, mayCommit] = [promised(), promised()]
    // A turn that knows the message by its provider's id already.
    const turn = db.write(async (tx) => {
      await tx.insert('message_statuses', [
        {whatsapp_message_id: providerId, status: 'read', participant: '', data: null, created_at: at},
      ])
      await tx.update('messages', ['id'], [{id: message, status: 'read', whatsapp_message_id: providerId}])
      hasWritten.resolve()
      await mayCommit.promise
    })
    await hasWritten.promise
    const settling = db.write((tx) => settle(tx, message, providerId))
    await vi.waitFor(
      async () => {
        const {rows} = await admin.query(
          `SELECT 1 FROM pg_stat_activity WHERE datname = current_database() AND wait_event_type = 'Lock'`,
        )
        expect(rows).toHaveLength(1)
      },
      {timeout: 10_000, interval: 20},
    )
    mayCommit.resolve()
    await Promise.all([turn, settling])
    await admin.end()
    expect(await rowOf(message)).toEqual({status: 'read', error_message: null, next_step: null})
  })
})

function promised(): {promise: Promise<void>; resolve: () => void} {
  let resolve!: () => void
  const promise = new Promise<void>((done) => (resolve = done))
  return {promise, resolve}
}
