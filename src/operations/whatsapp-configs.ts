import {z} from 'zod'
import {invalid} from '../base/errors.ts'
import {addConfig, type ConfigChange, editConfig, findConfig, removeConfig} from '../channels/accounts.ts'
import {releaseHeld, resumeStopped} from '../delivery/hold.ts'
import {inList} from '../store/in-list.ts'
import {byId, MOST_INTEGER, name, phone, ref} from './fields.ts'
import {listInput, listOutput, onlyIds} from './list.ts'
import {readPage} from './page.ts'
import {operation, type TenantContext} from './operation.ts'
import {presentConfig, presentConfigs, WhatsappConfig} from './whatsapp-config-row.ts'

const short = z.string().min(1).max(255)
const secret = z.string().min(1).max(8192)
const apiUrl = z.url({protocol: /^https?$/}).transform((text) => text.replace(/\/+$/, ''))
const count = z.number().int().min(1).max(MOST_INTEGER).nullable()

const settable = {
  phone_number_id: short.nullable().optional(),
  business_account_id: short.nullable().optional(),
  access_token: secret.nullable().optional(),
  app_secret: secret.nullable().optional(),
  webhook_verify_token: short.optional(),
  evolution_instance: short.nullable().optional(),
  evolution_api_key: secret.nullable().optional(),
  webhook_secret: secret.nullable().optional(),
  api_url: apiUrl.nullable().optional(),
  mark_read: z.enum(['on_turn', 'never']).optional(),
  daily_limit: count.optional(),
  rate_limit_per_minute: count.optional(),
}

/** Changing one of these may mend what the provider stopped the number for. */
const mends = ['access_token', 'evolution_api_key', 'evolution_instance', 'phone_number_id', 'api_url'] as const

/** What an account of each kind cannot do without. */
const needed = {
  official: ['phone_number_id', 'access_token'],
  evolution: ['evolution_instance', 'evolution_api_key', 'webhook_secret', 'api_url'],
} as const

export const addWhatsappConfig = operation({
  id: 'whatsapp_configs.add',
  method: 'POST',
  path: '/whatsapp-configs',
  permission: 'whatsapp:write',
  summary: 'Add a WhatsApp number: Cloud API (official) or Evolution API.',
  limit: 'whatsapp_numbers',
  input: z
    .strictObject({name, phone_number: phone, api_type: z.enum(['official', 'evolution']), ...settable})
    .superRefine((config, context) => {
      for (const field of needed[config.api_type]) {
        if (config[field] == null) {
          context.addIssue({code: 'custom', path: [field], message: `is required for api_type ${config.api_type}`})
        }
      }
    }),
  output: WhatsappConfig,
  status: 201,
  async run(context, input) {
    const id = context.ids.next()
    context.note({resource: id, after: withoutSecrets(input)})
    const config = {id, ...input, ...reachOf(context, input)}
    return presentConfig(context.tenant, await addConfig(context, context.tenant, config))
  },
})

export const listWhatsappConfigs = operation({
  id: 'whatsapp_configs.list',
  method: 'GET',
  path: '/whatsapp-configs',
  permission: 'whatsapp:read',
  summary: 'List WhatsApp numbers.',
  input: listInput({
    sort: ['created_at', 'name'],
    filters: {ids: onlyIds, api_type: z.enum(['official', 'evolution']).optional()},
  }),
  output: listOutput(WhatsappConfig),
  status: 200,
  async run({tenant}, input) {
    const {rows, page} = await tenant.read((db) => {
      let query = db.selectFrom('whatsapp_configs').selectAll().where('removed_at', 'is', null)
      if (input.ids) query = query.where(inList(tenant.engine, 'id', input.ids))
      if (input.api_type) query = query.where('api_type', '=', input.api_type)
      return readPage(db, query, input)
    })
    return {data: await presentConfigs(tenant, rows), page}
  },
})

export const showWhatsappConfig = operation({
  id: 'whatsapp_configs.show',
  method: 'GET',
  path: '/whatsapp-configs/{id}',
  permission: 'whatsapp:read',
  summary: 'Show a WhatsApp number by id or name.',
  input: byId,
  output: WhatsappConfig,
  status: 200,
  run: async ({tenant}, {id}) => presentConfig(tenant, await findConfig(tenant, id)),
})

export const editWhatsappConfig = operation({
  id: 'whatsapp_configs.edit',
  method: 'PUT',
  path: '/whatsapp-configs/{id}',
  permission: 'whatsapp:write',
  summary:
    'Change a WhatsApp number. What is left out stays; null clears. A replaced app secret stays valid once more.',
  input: z.strictObject({id: ref, name: name.optional(), phone_number: phone.optional(), ...settable}),
  output: WhatsappConfig,
  status: 200,
  async run(context, {id, ...change}) {
    const row = await findConfig(context.tenant, id)
    for (const field of needed[row.api_type as keyof typeof needed]) {
      if (change[field] === null) throw invalid(field, `is required for api_type ${row.api_type}`)
    }
    const edited = await edit(context, row.id, {...change, ...reachOf(context, change)})
    if (change.daily_limit !== undefined) {
      await releaseHeld(context.tenant, {configId: row.id, reason: 'daily_limit', due: context.clock.now()})
    }
    if (!mends.some((field) => change[field] !== undefined)) return edited
    await resumeStopped(context.tenant, row.id, context.clock.now())
    return showAgain(context, row.id)
  },
})

export const activateWhatsappConfig = operation({
  id: 'whatsapp_configs.activate',
  method: 'POST',
  path: '/whatsapp-configs/{id}/activate',
  permission: 'whatsapp:write',
  summary: 'Activate a WhatsApp number: webhooks count and messages leave.',
  input: byId,
  output: WhatsappConfig,
  status: 200,
  run: (context, {id}) => setActive(context, id, true),
})

export const deactivateWhatsappConfig = operation({
  id: 'whatsapp_configs.deactivate',
  method: 'POST',
  path: '/whatsapp-configs/{id}/deactivate',
  permission: 'whatsapp:write',
  summary: 'Deactivate a WhatsApp number: nothing comes in and nothing leaves; what is queued stays queued.',
  input: byId,
  output: WhatsappConfig,
  status: 200,
  run: (context, {id}) => setActive(context, id, false),
})

export const removeWhatsappConfig = operation({
  id: 'whatsapp_configs.remove',
  method: 'DELETE',
  path: '/whatsapp-configs/{id}',
  permission: 'whatsapp:write',
  summary: 'Remove a WhatsApp number and its secrets. Conversations and messages stay.',
  input: byId,
  output: z.null(),
  status: 204,
  async run(context, {id}) {
    const row = await findConfig(context.tenant, id)
    context.note({resource: row.id, before: {name: row.name, phone_number: row.phone_number}})
    await removeConfig(context, context.tenant, row.id)
    return null
  },
})

export const whatsappConfigOperations = {
  addWhatsappConfig,
  listWhatsappConfigs,
  showWhatsappConfig,
  editWhatsappConfig,
  activateWhatsappConfig,
  deactivateWhatsappConfig,
  removeWhatsappConfig,
}

async function setActive(context: TenantContext, id: string, active: boolean) {
  const row = await findConfig(context.tenant, id)
  return edit(context, row.id, {is_active: active})
}

async function edit(context: TenantContext, id: string, change: ConfigChange) {
  context.note({resource: id, after: withoutSecrets(change)})
  return presentConfig(context.tenant, await editConfig(context, context.tenant, id, change))
}

async function showAgain({tenant}: TenantContext, id: string) {
  return presentConfig(tenant, await findConfig(tenant, id))
}

/** A private address is allowed by the person at the server's own shell only, and stored with the row. */
function reachOf({principal}: TenantContext, change: ConfigChange): ConfigChange {
  if (change.api_url === undefined) return {}
  return {allow_private_network: change.api_url !== null && principal.kind === 'operator'}
}

const secretFields = new Set(['access_token', 'app_secret', 'evolution_api_key', 'webhook_secret'])

/** For the audit: that a secret was set, never what it is. */
function withoutSecrets(change: ConfigChange): Record<string, unknown> {
  const entries: [string, unknown][] = Object.entries(change)
  return Object.fromEntries(entries.map(([key, value]) => [key, secretFields.has(key) && value ? '(set)' : value]))
}
