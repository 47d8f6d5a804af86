import {z} from 'zod'
import {PytakeError} from '../base/errors.ts'
import {accountOf, type ConfigRow, findConfig} from '../channels/accounts.ts'
import type {ApiType} from '../channels/channel.ts'
import {connectInstance, instanceState, logoutInstance, setWebhook} from '../channels/evolution/instance.ts'
import {channels} from '../channels/registry.ts'
import {markVerified} from '../channels/routes.ts'
import {configPlace} from '../channels/secrets.ts'
import {pauseLane, resumeLane} from '../delivery/hold.ts'
import {byId, ref} from './fields.ts'
import {operation, type TenantContext} from './operation.ts'
import {presentConfig, WhatsappConfig} from './whatsapp-config-row.ts'

export const ConnectionReport = z.object({
  ok: z.boolean(),
  checks: z.array(z.object({name: z.string(), ok: z.boolean(), message: z.string(), help: z.string().optional()})),
  display_phone_number: z.string().nullable(),
  verified_name: z.string().nullable(),
  quality: z.string().nullable(),
})

export const InstanceState = z.object({state: z.enum(['open', 'connecting', 'close', 'unknown'])})

export const Pairing = z.object({
  state: z.enum(['open', 'pairing']),
  /** Text of the QR code to scan. */
  code: z.string().nullable(),
  /** Eight characters to type on the phone. */
  pairing_code: z.string().nullable(),
  webhook_url: z.string().nullable(),
})
export type Pairing = z.output<typeof Pairing>

export const testWhatsappConfig = operation({
  id: 'whatsapp_configs.test',
  method: 'POST',
  path: '/whatsapp-configs/{id}/test',
  permission: 'whatsapp:write',
  summary: 'Ask the provider about a number: token, state, quality, webhook. Changes nothing there.',
  audit: false,
  input: byId,
  output: ConnectionReport,
  status: 200,
  async run(context, {id}) {
    const row = await findConfig(context.tenant, id)
    const report = await channels[row.api_type as ApiType].test(accountOf(context, row), context.http)
    // The token reads that number id, so the claim on it is good.
    const reads = report.checks.some((check) => check.name === 'number' && check.ok)
    if (row.api_type === 'official' && reads) await markVerified(context, row.id)
    return {
      ok: report.ok,
      checks: report.checks,
      display_phone_number: report.displayPhoneNumber ?? null,
      verified_name: report.verifiedName ?? null,
      quality: report.quality ?? null,
    }
  },
})

export const connectWhatsappConfig = operation({
  id: 'whatsapp_configs.connect',
  method: 'POST',
  path: '/whatsapp-configs/{id}/connect',
  permission: 'whatsapp:write',
  summary: 'Evolution: start pairing a phone, and point the instance at our webhook when an address is given.',
  input: z.strictObject({
    id: ref,
    /** Address of this server as the Evolution server sees it. */
    server_url: z.url({protocol: /^https?$/}).optional(),
    /** Answer a code to type on the phone besides the one to scan. */
    pairing_code: z.boolean().default(false),
  }),
  output: Pairing,
  status: 200,
  async run(context, input) {
    const {row, account} = await evolutionOf(context, input.id)
    context.note({resource: row.id})
    const webhookUrl = input.server_url === undefined ? null : webhookOf(input.server_url, row)
    if (webhookUrl !== null) {
      await setWebhook({url: webhookUrl, secret: webhookSecret(context, row), base64: true}, account, context.http)
    }
    const digits = input.pairing_code ? row.phone_number.replace(/\D/g, '') : undefined
    const pairing = await connectInstance(account, context.http, digits)
    const {code = null, pairingCode = null} = pairing.state === 'open' ? {} : pairing
    return {state: pairing.state, code, pairing_code: pairingCode, webhook_url: webhookUrl}
  },
})

export const whatsappConfigState = operation({
  id: 'whatsapp_configs.state',
  method: 'GET',
  path: '/whatsapp-configs/{id}/state',
  permission: 'whatsapp:read',
  summary: 'Evolution: is the phone connected?',
  input: byId,
  output: InstanceState,
  status: 200,
  async run(context, {id}) {
    const {account} = await evolutionOf(context, id)
    return {state: await instanceState(account, context.http)}
  },
})

export const logoutWhatsappConfig = operation({
  id: 'whatsapp_configs.logout',
  method: 'POST',
  path: '/whatsapp-configs/{id}/logout',
  permission: 'whatsapp:write',
  summary: 'Evolution: unpair the phone. Messages stop until it is paired again.',
  input: byId,
  output: InstanceState,
  status: 200,
  async run(context, {id}) {
    const {row, account} = await evolutionOf(context, id)
    context.note({resource: row.id})
    await logoutInstance(account, context.http)
    return {state: await instanceState(account, context.http)}
  },
})

export const pauseWhatsappConfig = operation({
  id: 'whatsapp_configs.pause',
  method: 'POST',
  path: '/whatsapp-configs/{id}/pause',
  permission: 'whatsapp:write',
  summary: 'Pause the sender of a number: webhooks count, what is queued stays queued.',
  input: byId,
  output: WhatsappConfig,
  status: 200,
  async run(context, {id}) {
    const row = await findConfig(context.tenant, id)
    context.note({resource: row.id})
    await pauseLane(context.tenant, row.id, `paused by ${context.principal.name}`, context.clock.now())
    return presentConfig(context.tenant, row)
  },
})

export const resumeWhatsappConfig = operation({
  id: 'whatsapp_configs.resume',
  method: 'POST',
  path: '/whatsapp-configs/{id}/resume',
  permission: 'whatsapp:write',
  summary: 'Let the sender of a number run again, whether a person paused it or the provider stopped it.',
  input: byId,
  output: WhatsappConfig,
  status: 200,
  async run(context, {id}) {
    const row = await findConfig(context.tenant, id)
    context.note({resource: row.id})
    await resumeLane(context.tenant, row.id, context.clock.now())
    return presentConfig(context.tenant, row)
  },
})

export const whatsappConnectionOperations = {
  testWhatsappConfig,
  connectWhatsappConfig,
  whatsappConfigState,
  logoutWhatsappConfig,
  pauseWhatsappConfig,
  resumeWhatsappConfig,
}

async function evolutionOf(context: TenantContext, id: string) {
  const row = await findConfig(context.tenant, id)
  if (row.api_type === 'evolution') return {row, account: accountOf(context, row)}
  throw new PytakeError('UNSUPPORTED_BY_CHANNEL', `${row.name} is on the Cloud API: there is no phone to pair.`, {
    help: `pytake whatsapp test ${row.name}`,
  })
}

const webhookOf = (serverUrl: string, row: ConfigRow): string =>
  `${serverUrl.replace(/\/+$/, '')}/api/v1/whatsapp/webhook/${row.id}`

function webhookSecret({stores}: TenantContext, row: ConfigRow): string {
  if (row.webhook_secret !== null) {
    return stores.vault.open(row.webhook_secret, configPlace(row.tenant_id, row.id, 'webhook_secret'))
  }
  throw new PytakeError('CONFLICT', `${row.name} has no webhook secret, so its webhooks would be refused.`, {
    help: `pytake whatsapp edit ${row.name} --webhook-secret-file FILE`,
  })
}
