import {type Kysely, type Selectable, sql} from 'kysely'
import {z} from 'zod'
import {notFound} from '../base/errors.ts'
import {isUuid} from '../base/ids.ts'
import type {Database} from '../store/database.ts'
import {prepared} from '../store/prepared.ts'
import type {Messages} from '../store/schema/messaging.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import type {TenantDb} from '../store/stores.ts'
import {iso, isoOrNull, timeOrNull, timeOut} from './fields.ts'
import {stepWith} from './next-step.ts'

/** A message as it is answered: the specification's columns, and whose and why. */
export const Message = z.object({
  id: z.uuid(),
  conversation_id: z.uuid(),
  direction: z.enum(['inbound', 'outbound']),
  type: z.string(),
  content: z.string().nullable(),
  media_url: z.string().nullable(),
  status: z.string().nullable(),
  whatsapp_message_id: z.string().nullable(),
  error_message: z.string().nullable(),
  /** What to do about a message that failed. */
  next_step: z.string().nullable(),
  metadata: z.record(z.string(), z.unknown()).nullable(),
  whatsapp_config_id: z.uuid(),
  contact_id: z.uuid(),
  contact_phone: z.string().nullable(),
  contact_name: z.string().nullable(),
  /** Why it still waits. */
  reason: z.string().nullable(),
  status_at: timeOrNull,
  created_at: timeOut,
})
export type Message = z.output<typeof Message>

export interface MessageRow extends Selectable<Messages> {
  outbox_state: string | null
  outbox_reason: string | null
  contact_phone: string | null
  contact_name: string | null
}

type Reader = Parameters<Parameters<Database<TenantSchema>['read']>[0]>[0]

/** The queue knows more of a message that waits than the message itself. */
const queuedState = sql<string | null>`(select o.state from outbox o where o.id = messages.id)`

/** Its own reason; else what stopped the number; else what holds the first message to that person, which goes before it. */
const queuedReason = sql<string | null>`(select coalesce(o.reason,
    (select l.reason from lanes l where l.config_id = o.config_id and l.state <> 'running'),
    (select 'after an earlier message: ' || e.reason from outbox e
      where e.config_id = o.config_id and e.recipient = o.recipient and e.id < o.id and e.state = 'queued'
      order by e.id limit 1))
  from outbox o where o.id = messages.id)`

/** What people see as a message's status. */
export const shownStatus = sql<string>`case when messages.direction = 'outbound' and messages.status = 'queued'
  then coalesce(${queuedState}, messages.status) else messages.status end`

const ofContact = (column: 'phone' | 'name') =>
  sql<string | null>`(select ${sql.ref(`c.${column}`)} from contacts c where c.id = messages.contact_id)`

export const messagesQuery = (db: Reader) =>
  db
    .selectFrom('messages')
    .selectAll()
    .select([queuedState.as('outbox_state'), queuedReason.as('outbox_reason')])
    .select([ofContact('phone').as('contact_phone'), ofContact('name').as('contact_name')])

const withId = prepared((db: Kysely<TenantSchema>, {id}: {id: string}) =>
  messagesQuery(db).where('messages.id', '=', id).compile(),
)
const withProviderId = prepared((db: Kysely<TenantSchema>, {id}: {id: string}) =>
  messagesQuery(db).where('messages.whatsapp_message_id', '=', id).limit(1).compile(),
)

/** Throws `NOT_FOUND`. Takes our id or the provider's. */
export async function findMessage(tenant: TenantDb, id: string): Promise<MessageRow> {
  const isOurs = isUuid(id)
  const {rows} = await tenant.read((db) => (isOurs ? withId : withProviderId)({db, engine: tenant.engine}, {id}))
  const [row] = rows
  if (!row) throw notFound(`Message "${id}"`, 'pytake message list')
  return row
}

const stepOf = ({id, status, next_step: step, whatsapp_config_id: config, contact_phone: phone}: MessageRow) =>
  step !== null && (status === 'failed' || status === 'expired')
    ? stepWith(step, {config, message: id, phone: phone ?? undefined})
    : null

export const presentMessage = (row: MessageRow): Message => ({
  id: row.id,
  conversation_id: row.conversation_id,
  direction: row.direction as Message['direction'],
  type: row.type,
  content: row.content,
  media_url: row.media_url,
  status: row.direction === 'outbound' && row.status === 'queued' ? (row.outbox_state ?? row.status) : row.status,
  whatsapp_message_id: row.whatsapp_message_id,
  error_message: row.error_message,
  next_step: stepOf(row),
  metadata: row.metadata,
  whatsapp_config_id: row.whatsapp_config_id,
  contact_id: row.contact_id,
  contact_phone: row.contact_phone,
  contact_name: row.contact_name,
  reason: row.outbox_reason,
  status_at: isoOrNull(row.status_at),
  created_at: iso(row.created_at),
})
