import {outboundRows} from '../../src/delivery/enqueue.ts'
import {outboundRow} from '../../src/messages/rows.ts'
import type {Runtime} from '../../src/runtime/runtime.ts'
import type {Row} from '../../src/store/database.ts'
import type {TenantDb} from '../../src/store/stores.ts'
import {customerPhone} from './names.ts'

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

/** Adds messages to the people who are there: waiting to be sent, or delivered long ago. */
export async function addMessages(
  runtime: Runtime,
  db: TenantDb,
  {count, queued}: {count: number; queued: boolean},
): Promise<void> {
  const config = await configOf(db)
  const people = await db.read((q) => q.selectFrom('conversations').select(['id', 'contact_id', 'reply_to']).execute())
  const now = runtime.clock.now()
  const made = (n: number) => {
    const person = people[n % people.length]
    if (!person) throw new Error('Nobody is there.')
    const id = runtime.ids.next()
    const where = {id, conversationId: person.id, configId: config, contactId: person.contact_id, now}
    const content = {kind: 'text', text: `Recebido, pedido ${n}`} as const
    if (queued) return outboundRows({...where, address: person.reply_to, content, purpose: 'reply'})
    return {message: {...outboundRow(where, {content}), status: 'delivered', whatsapp_message_id: `wamid.old.${id}`}}
  }
  for (let n = 0; n < count; n += AT_ONCE) {
    const rows = Array.from({length: Math.min(AT_ONCE, count - n)}, (_, i) => made(n + i))
    await db.write(async (tx) => {
      await tx.insert(
        'messages',
        rows.map(({message}) => message),
      )
      await tx.insert(
        'outbox',
        rows.flatMap((one) => ('outbox' in one ? [one.outbox] : [])),
      )
    })
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
