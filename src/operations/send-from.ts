import type {Kysely} from 'kysely'
import {invalid, notFound, PytakeError} from '../base/errors.ts'
import type {Content} from '../base/message.ts'
import {type ConfigRow, findConfig, listConfigs} from '../channels/accounts.ts'
import type {ApiType} from '../channels/channel.ts'
import {channels} from '../channels/registry.ts'
import {contactByPhone} from '../contacts/find.ts'
import {prepared} from '../store/prepared.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import type {TenantDb} from '../store/stores.ts'

export interface Recipient {
  to?: string
  conversationId?: string
  from?: string
}

export interface Sending {
  to: {phone: string} | {contactId: string}
  config: ConfigRow
}

/** Which number sends: the one that was named, else the conversation's, else the only active one. */
export async function whoSends(tenant: TenantDb, {to, conversationId, from}: Recipient): Promise<Sending> {
  const conversation =
    conversationId === undefined ? to && (await latestWith(tenant, to)) : await byId(tenant, conversationId)
  const person = to === undefined ? conversation && {contactId: conversation.contact_id} : {phone: to}
  if (!person) throw invalid('to', 'is required')
  if (from !== undefined) return {to: person, config: active(await findConfig(tenant, from))}
  const configs = await listConfigs(tenant)
  const known = configs.find(({id}) => id === (conversation || undefined)?.whatsapp_config_id)
  if (known && (known.is_active || conversationId !== undefined)) return {to: person, config: active(known)}
  const usable = configs.filter(({is_active: isActive}) => isActive)
  const [only] = usable
  if (only && usable.length === 1) return {to: person, config: only}
  if (!only) {
    throw new PytakeError('CONFLICT', 'This tenant has no active number to send from.', {
      help: configs.length > 0 ? 'pytake whatsapp activate NAME' : 'pytake whatsapp add --help',
    })
  }
  throw new PytakeError('VALIDATION_ERROR', `from: say which of ${usable.length} numbers sends`, {
    details: usable.map(({name, phone_number: phone}) => ({field: 'from', message: `${name} (${phone})`})),
    help: `Add --from ${only.name}.`,
  })
}

function active(config: ConfigRow): ConfigRow {
  if (config.is_active) return config
  throw new PytakeError('CONFLICT', `The number ${config.name} is switched off.`, {
    help: `pytake whatsapp activate ${config.name}`,
  })
}

/** Everything WhatsApp would refuse, told before anything is stored. */
export function refuseUnsendable(content: Content, config: ConfigRow): void {
  const problems = channels[config.api_type as ApiType].check(content)
  if (problems.length === 0) return
  const unsupported = problems.find(({code}) => code === 'UNSUPPORTED_BY_CHANNEL')
  const text = problems.map(({field, message}) => `${field}: ${message}`).join('; ')
  throw new PytakeError(unsupported ? 'UNSUPPORTED_BY_CHANNEL' : 'VALIDATION_ERROR', text, {
    details: problems.map(({field, message}) => ({field, message})),
  })
}

const latestWith = (tenant: TenantDb, phone: string) =>
  tenant.read(async (db) => {
    const on = {db, engine: tenant.engine}
    const contact = await contactByPhone(on, phone)
    return contact && (await latestOf(on, {contactId: contact.id})).rows[0]
  })

const latestOf = prepared((db: Kysely<TenantSchema>, {contactId}: {contactId: string}) =>
  db
    .selectFrom('conversations')
    .select(['contact_id', 'whatsapp_config_id'])
    .where('contact_id', '=', contactId)
    .orderBy('last_message_at', 'desc')
    .limit(1)
    .compile(),
)

async function byId(tenant: TenantDb, id: string) {
  const row = await tenant.read((db) =>
    db.selectFrom('conversations').select(['contact_id', 'whatsapp_config_id']).where('id', '=', id).executeTakeFirst(),
  )
  if (!row) throw notFound(`Conversation "${id}"`, 'pytake conversation list')
  return row
}
