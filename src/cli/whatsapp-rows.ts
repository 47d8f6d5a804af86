import {option, string} from '@oclif/core/flags'
import type {WhatsappConfig} from '../operations/whatsapp-config-row.ts'
import {secretFrom} from './ask.ts'
import {limitOf} from './flags.ts'
import type {Io} from './io.ts'
import type {Cell, Columns} from './output.ts'

export const configColumns: Columns<WhatsappConfig> = {
  id: (config) => config.id,
  name: (config) => config.name,
  phone_number: (config) => config.phone_number,
  api_type: (config) => config.api_type,
  state: stateOf,
  queued: ({lane}) => lane.queued,
  rate: (config) => `${config.rate_limit_per_minute ?? 'no limit'}/min ${config.daily_limit ?? 'no limit'}/day`,
}

function stateOf({is_active: active, lane}: WhatsappConfig): string {
  if (!active) return 'inactive'
  return lane.state === 'running' ? 'active' : [lane.state, lane.reason].filter(Boolean).join(': ')
}

export const configFields = (config: WhatsappConfig): Record<string, Cell> => ({
  id: config.id,
  name: config.name,
  phone_number: config.phone_number,
  api_type: config.api_type,
  state: stateOf(config),
  queued: waitingOf(config.lane),
  unknown: config.lane.unknown > 0 ? config.lane.unknown : undefined,
  ...(config.api_type === 'official' ? officialFields(config) : evolutionFields(config)),
  webhook: `/api/v1/whatsapp/webhook/${config.id}`,
  api_url: config.api_url,
  rate_limit_per_minute: config.rate_limit_per_minute ?? 'none',
  daily_limit: config.daily_limit ?? 'none',
  mark_read: config.mark_read,
  created_at: config.created_at,
  updated_at: config.updated_at,
})

const waitingOf = ({queued, oldest_at: oldest}: WhatsappConfig['lane']): string =>
  oldest === null ? String(queued) : `${queued}, the oldest since ${oldest}`

const isSet = (set: boolean): string => (set ? 'set' : 'not set')

const officialFields = (config: WhatsappConfig): Record<string, Cell> => ({
  phone_number_id: config.phone_number_id,
  business_account_id: config.business_account_id,
  access_token: isSet(config.access_token_set),
  app_secret: isSet(config.app_secret_set),
  webhook_verify_token: config.webhook_verify_token,
})

const evolutionFields = (config: WhatsappConfig): Record<string, Cell> => ({
  evolution_instance: config.evolution_instance,
  evolution_api_key: isSet(config.evolution_api_key_set),
  webhook_secret: isSet(config.webhook_secret_set),
})

/** A limit as people say it. */
export const limitsSentence = ({rate_limit_per_minute: minute, daily_limit: day}: WhatsappConfig): string =>
  `At most ${minute ?? 'any number of'} messages a minute and ${day ?? 'any number of'} a day leave this number.`

/** What `whatsapp add` and `whatsapp edit` both set. */
export const configFlags = {
  'phone-number-id': string({summary: "Cloud API: the number's id at Meta."}),
  'business-account-id': string({summary: 'Cloud API: id of the WhatsApp business account.'}),
  'access-token-file': string({summary: 'Cloud API: file with the access token; - is standard input.'}),
  'app-secret-file': string({summary: 'Cloud API: file with the app secret that signs webhooks.'}),
  'verify-token': string({summary: 'Cloud API: verify token of the webhook; made up when left out.'}),
  instance: string({summary: 'Evolution: name of the instance.'}),
  'api-key-file': string({summary: 'Evolution: file with the API key.'}),
  'webhook-secret-file': string({summary: 'Evolution: file with the secret its webhooks carry.'}),
  'api-url': string({summary: "Base address of the provider's API."}),
  'rate-limit-per-minute': string({summary: 'Most messages a minute, or none for no limit of ours; 60 unless told.'}),
  'daily-limit': string({summary: 'Most messages a day, or none for no limit of ours; 1,000 unless told.'}),
  'mark-read': option({options: ['on_turn', 'never'] as const, summary: 'When customers see that they were read.'})(),
}

interface ConfigFlags {
  'phone-number-id'?: string
  'business-account-id'?: string
  'access-token-file'?: string
  'app-secret-file'?: string
  'verify-token'?: string
  instance?: string
  'api-key-file'?: string
  'webhook-secret-file'?: string
  'api-url'?: string
  'rate-limit-per-minute'?: string
  'daily-limit'?: string
  'mark-read'?: 'on_turn' | 'never'
}

/** The fields that were given, secrets read from where the flags point. */
export async function configInput(io: Io, flags: ConfigFlags) {
  const secret = (path: string | undefined) => (path === undefined ? undefined : secretFrom(io, path))
  return {
    phone_number_id: flags['phone-number-id'],
    business_account_id: flags['business-account-id'],
    access_token: await secret(flags['access-token-file']),
    app_secret: await secret(flags['app-secret-file']),
    webhook_verify_token: flags['verify-token'],
    evolution_instance: flags.instance,
    evolution_api_key: await secret(flags['api-key-file']),
    webhook_secret: await secret(flags['webhook-secret-file']),
    api_url: flags['api-url'],
    rate_limit_per_minute: limitOf('rate-limit-per-minute', flags['rate-limit-per-minute']),
    daily_limit: limitOf('daily-limit', flags['daily-limit']),
    mark_read: flags['mark-read'],
  }
}
