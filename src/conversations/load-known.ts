import type {Kysely} from 'kysely'
import type {Tx} from '../store/database.ts'
import {inList} from '../store/in-list.ts'
import {prepared} from '../store/prepared.ts'
import {together} from '../store/together.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import {type Batch, knownKey, type KnownMessage} from './batch.ts'
import type {InboxItem} from './inbox-row.ts'
import {messageIdOf} from './statuses.ts'

type TenantTx = Tx<TenantSchema>

/** Messages that items speak of. */
export interface Known {
  byProvider: KnownMessage[]
  byOwn: KnownMessage[]
}

/** Finds the messages that items speak of, by the provider's id or by ours. */
export async function readKnown(tx: TenantTx, items: readonly InboxItem[]): Promise<Known> {
  const providerIds = new Set<string>()
  const ownIds = new Set<string>()
  for (const {body} of items) {
    if ('providerId' in body) providerIds.add(body.providerId)
    const own = body.type === 'status' ? messageIdOf(body.callbackData) : undefined
    if (own) ownIds.add(own)
  }
  const [byProvider, byOwn] = await together(knownBy(tx, 'whatsapp_message_id', providerIds), knownBy(tx, 'id', ownIds))
  return {byProvider, byOwn}
}

/** Keeps them in the batch, once it is certain that no lane is about to know more of them. */
export async function keepKnown(
  tx: TenantTx,
  batch: Batch,
  {items, known}: {items: readonly InboxItem[]; known: Known},
): Promise<void> {
  const found = new Set(known.byProvider.map(keyOf))
  const strangers = items.filter(
    ({configId, body}) => body.type === 'status' && !found.has(knownKey(configId, body.providerId)),
  )
  const {byProvider, byOwn} =
    strangers.length > 0 && (await waitForLanes(tx, strangers)) ? await readKnown(tx, items) : known
  for (const row of byProvider) batch.known.set(keyOf(row), row)
  // Only a message that does not know its provider's id needs to be found by ours.
  for (const row of byOwn) {
    if (row.whatsapp_message_id === null) batch.known.set(knownKey(row.whatsapp_config_id, `id:${row.id}`), row)
  }
}

const keyOf = (row: KnownMessage): string => knownKey(row.whatsapp_config_id, row.whatsapp_message_id ?? '')

/**
 * A status of a message that nobody knows may belong to one whose id a lane is writing down at this moment. With
 * PostgreSQL neither transaction would see the other's row, and the status would be lost; so this one goes after the
 * lane's, and before its next. SQLite has one writer. True when there may be something new to read.
 */
async function waitForLanes(tx: TenantTx, items: readonly InboxItem[]): Promise<boolean> {
  if (tx.engine === 'sqlite') return false
  await tx.db
    .selectFrom('lanes')
    .select('config_id')
    .where('config_id', 'in', [...new Set(items.map(({configId}) => configId))])
    .orderBy('config_id')
    .forShare()
    .execute()
  return true
}

const knownColumns = [
  'id',
  'whatsapp_message_id',
  'status',
  'type',
  'conversation_id',
  'contact_id',
  'whatsapp_config_id',
  'direction',
  'error_message',
] as const

const messagesBy = (column: 'id' | 'whatsapp_message_id') =>
  prepared((db: Kysely<TenantSchema>, {values}: {values: string[]}, engine) =>
    db
      .selectFrom('messages')
      .select(knownColumns)
      .where(inList(engine, column, values))
      .compile(),
  )

const finding = {id: messagesBy('id'), whatsapp_message_id: messagesBy('whatsapp_message_id')}

async function knownBy(
  tx: TenantTx,
  column: keyof typeof finding,
  values: ReadonlySet<string>,
): Promise<KnownMessage[]> {
  if (values.size === 0) return []
  const {rows} = await finding[column](tx, {values: [...values]})
  return rows
}
