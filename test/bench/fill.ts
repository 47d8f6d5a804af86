import {outboundRows} from '../../src/delivery/enqueue.ts'
import {outboundRow, type ReceivedText, receivedRow} from '../../src/messages/rows.ts'
import {createWamids} from '../../src/sandbox/cloud/identity.ts'
import type {Runtime} from '../../src/runtime/runtime.ts'
import type {Row} from '../../src/store/database.ts'
import type {TenantDb} from '../../src/store/stores.ts'
import {customerPhone, numberId} from './names.ts'

const AT_ONCE = 2000

/** Adds contacts, each with an open conversation. */
export async function addPeople(runtime: Runtime, db: TenantDb, count: number): Promise<void> {
  const config = await configOf(db)
  const now = new Date(runtime.clock.now())
  const people = Array.from({length: count}, (_, n) => ({
    contact: runtime.ids.next(),
    conversation: runtime.ids.next(),
    phone: customerPhone(n),
  }))
  for (let n = 0; n < count; n += AT_ONCE) {
    const some = people.slice(n, n + AT_ONCE)
    await db.write(async (tx) => {
      await tx.insert(
        'contacts',
        some.map((one) => contactRow(one, db.name, now)),
      )
      await tx.insert('contact_identities', some.map(identityRow))
      await tx.insert(
        'conversations',
        some.map((one) => conversationRow(one, {tenant: db.name, config, now})),
      )
    })
  }
}

/** Adds messages that wait to be sent to the people who are there. */
export async function addQueued(runtime: Runtime, db: TenantDb, count: number): Promise<void> {
  const whereOf = await conversationsIn(runtime, db)
  await inBatches(count, async (numbers) => {
    const rows = numbers.map((n) => {
      const {address, ...where} = whereOf(n)
      return outboundRows({...where, address, content: order(n), purpose: 'reply'})
    })
    await db.write(async (tx) => {
      await tx.insert(
        'messages',
        rows.map(({message}) => message),
      )
      await tx.insert(
        'outbox',
        rows.map(({outbox}) => outbox),
      )
    })
  })
}

export interface History {
  contacts: number
  messages: number
}

/**
 * Adds people and what was said in their conversations, in turns: what came in, with the row of the inbox by which it would
 * be known again, and what was delivered.
 */
export async function addHistory(runtime: Runtime, db: TenantDb, {contacts, messages}: History): Promise<void> {
  await addPeople(runtime, db, contacts)
  const whereOf = await conversationsIn(runtime, db)
  const wamid = createWamids(0, 0)
  await inBatches(messages, async (numbers) => {
    const said: Row[] = []
    const inbox: Row[] = []
    for (const n of numbers) {
      const where = whereOf(n)
      const sent = Math.floor(n / contacts) % 2 === 1
      const providerId = wamid(where.address.replace('phone:', ''), sent)
      const content = order(n)
      if (sent) {
        said.push({...outboundRow(where, {content}), status: 'delivered', whatsapp_message_id: providerId})
      } else {
        const text = {providerId, kind: content.kind, text: content.text, at: where.now}
        said.push(receivedRow(where, 'inbound', text, {content}))
        inbox.push(handledRow(where, text))
      }
    }
    await db.write(async (tx) => {
      await tx.insert('messages', said)
      await tx.insert('inbox', inbox)
    })
  })
}

type Where = Parameters<typeof outboundRow>[0] & {address: string}

/** Where the n-th message belongs: round and round through everybody who is there. */
async function conversationsIn(runtime: Runtime, db: TenantDb): Promise<(n: number) => Where> {
  const configId = await configOf(db)
  const people = await db.read((q) => q.selectFrom('conversations').select(['id', 'contact_id', 'reply_to']).execute())
  const now = runtime.clock.now()
  return (n) => {
    const person = people[n % people.length]
    if (!person) throw new Error('Nobody is there.')
    return {
      id: runtime.ids.next(),
      conversationId: person.id,
      contactId: person.contact_id,
      address: person.reply_to,
      configId,
      now,
    }
  }
}

const order = (n: number) => ({kind: 'text', text: `Recebido, pedido ${n}`}) as const

const handledRow = (where: Where, text: ReceivedText): Row => ({
  key: `${where.configId} ${where.address}`,
  config_id: where.configId,
  kind: 'message',
  dedupe_key: `message|${numberId(0)}|${text.providerId}|1`,
  body: JSON.stringify({type: 'message', from: where.address, ...text}),
  raw_id: null,
  state: 'done',
  attempts: 1,
  received_at: new Date(where.now),
})

async function inBatches(count: number, add: (numbers: number[]) => Promise<void>): Promise<void> {
  for (let n = 0; n < count; n += AT_ONCE) {
    await add(Array.from({length: Math.min(AT_ONCE, count - n)}, (_, i) => n + i))
  }
}

async function configOf(db: TenantDb): Promise<string> {
  const {id} = await db.read((q) => q.selectFrom('whatsapp_configs').select('id').executeTakeFirstOrThrow())
  return id
}

interface Person {
  contact: string
  conversation: string
  phone: string
}

const contactRow = ({contact, phone}: Person, tenant: string, now: Date): Row => ({
  id: contact,
  tenant_id: tenant,
  phone: `+${phone}`,
  name: `Cliente ${phone.slice(-6)}`,
  tags: [],
  attributes: '{}',
  opted_in: true,
  created_at: now,
  updated_at: now,
})

const identityRow = ({contact, phone}: Person): Row => ({kind: 'phone', scope: '', value: phone, contact_id: contact})

const conversationRow = (
  {contact, conversation, phone}: Person,
  {tenant, config, now}: {tenant: string; config: string; now: Date},
): Row => ({
  id: conversation,
  tenant_id: tenant,
  whatsapp_config_id: config,
  contact_id: contact,
  contact_phone: `+${phone}`,
  contact_name: `Cliente ${phone.slice(-6)}`,
  status: 'active',
  holder: 'bot',
  reply_to: `phone:${phone}`,
  last_inbound_at: now,
  tags: [],
  metadata: '{}',
  last_message_at: now,
  created_at: now,
  updated_at: now,
})
