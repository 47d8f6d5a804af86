import {type Kysely, sql} from 'kysely'
import type {Ids} from '../base/ids.ts'
import {type IdentityScope, type StoredIdentity} from '../contacts/identity.ts'
import {toJson} from '../store/columns.ts'
import {prepared} from '../store/prepared.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import type {TenantTx} from './load.ts'

/** Identities in the order in which a channel would rather be told whom to write to. */
const preference: Record<string, number> = {wa_id: 0, jid: 1, lid: 2, bsuid: 3, phone: 4}

export interface OpenOptions {
  contact: {id: string; phone: string | null; name: string | null}
  configId: string
  tenantId: string
  now: number
  ids: Ids
}

const lastOf = prepared((db: Kysely<TenantSchema>, {contactId, configId}: {contactId: string; configId: string}) =>
  db
    .selectFrom('conversations')
    .select(['id', 'status', 'reply_to', 'last_inbound_at'])
    .where('contact_id', '=', contactId)
    .where('whatsapp_config_id', '=', configId)
    .orderBy(sql`CASE WHEN status IN ('active', 'waiting') THEN 0 ELSE 1 END`)
    .orderBy('created_at', 'desc')
    .limit(1)
    .compile(),
)

/**
 * The open conversation of a contact on a number, or a new one that we begin. The 24-hour window belongs to contact and
 * number, so it is carried over from the conversation before. Undefined when the contact has no address there.
 */
export async function openConversation(
  tx: TenantTx,
  options: OpenOptions,
): Promise<{id: string; address: string} | undefined> {
  const {contact, configId} = options
  const [last] = (await lastOf(tx, {contactId: contact.id, configId})).rows
  if (last && (last.status === 'active' || last.status === 'waiting')) return {id: last.id, address: last.reply_to}
  const address = last?.reply_to ?? (await addressOf(tx, contact.id, {configId}))
  if (address === undefined) return undefined
  const id = options.ids.next()
  const now = new Date(options.now)
  await tx.insert('conversations', [
    {
      id,
      tenant_id: options.tenantId,
      whatsapp_config_id: configId,
      contact_id: contact.id,
      contact_phone: contact.phone,
      contact_name: contact.name,
      status: 'active',
      holder: 'bot',
      reply_to: address,
      last_inbound_at: last?.last_inbound_at ?? null,
      tags: [],
      metadata: toJson({}),
      last_message_at: now,
      created_at: now,
      updated_at: now,
    },
  ])
  tx.emit({
    type: 'conversation_created',
    at: options.now,
    data: {
      id,
      conversation_id: id,
      contact_id: contact.id,
      config_id: configId,
      contact_name: contact.name,
      contact_phone: contact.phone,
      status: 'active',
    },
  })
  return {id, address}
}

/** Where a contact who never wrote on this number can be reached. */
async function addressOf(tx: TenantTx, contactId: string, {configId}: IdentityScope): Promise<string | undefined> {
  const rows = await tx.db
    .selectFrom('contact_identities')
    .select(['kind', 'scope', 'value'])
    .where('contact_id', '=', contactId)
    .execute()
  const usable = (rows as StoredIdentity[]).filter(
    ({kind, scope}) => kind in preference && (scope === '' || scope === configId || kind === 'bsuid'),
  )
  const best = usable.sort((a, b) => (preference[a.kind] ?? 9) - (preference[b.kind] ?? 9))[0]
  return best && `${best.kind}:${best.value}`
}
