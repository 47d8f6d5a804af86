import {string} from '@oclif/core/flags'
import type {Tenant} from '../operations/tenants.ts'
import {given, limitsOf} from './flags.ts'
import type {Cell, Columns} from './output.ts'

export const tenantColumns: Columns<Tenant> = {
  id: (tenant) => tenant.id,
  name: (tenant) => tenant.name,
  plan: (tenant) => tenant.plan,
  status: (tenant) => (tenant.state === 'active' ? tenant.billing.status : tenant.state),
  domain: (tenant) => tenant.domain,
  created_at: (tenant) => tenant.created_at,
}

export const tenantFields = (tenant: Tenant): Record<string, Cell> => ({
  id: tenant.id,
  name: tenant.name,
  domain: tenant.domain,
  plan: tenant.plan,
  status: tenant.state === 'active' ? tenant.billing.status : tenant.state,
  ...Object.fromEntries(
    Object.entries(tenant.limits).map(([name, limit]): [string, Cell] => [`limits.${name}`, limit ?? 'none']),
  ),
  'settings.timezone': tenant.settings.timezone,
  'settings.language': tenant.settings.language,
  'settings.currency': tenant.settings.currency,
  'billing.next_payment': tenant.billing.next_payment,
  created_at: tenant.created_at,
  updated_at: tenant.updated_at,
})

/** What `tenant create` and `tenant edit` both set. */
export const tenantFlags = {
  domain: string({summary: 'Domain name, e.g. xyz.example.com; "none" clears.'}),
  limit: string({summary: 'A limit of its own: NAME=NUMBER or NAME=none.', multiple: true}),
  timezone: string({summary: 'Time zone, e.g. America/Sao_Paulo.'}),
  language: string({summary: 'Language, e.g. pt-BR.'}),
  currency: string({summary: 'Currency, e.g. BRL.'}),
  'next-payment': string({summary: 'Day of the next payment, YYYY-MM-DD; "none" clears.'}),
}

interface TenantFlags {
  domain?: string
  limit?: string[]
  timezone?: string
  language?: string
  currency?: string
  'next-payment'?: string
}

const orNull = (text: string | undefined) => (text === 'none' ? null : text)

export function tenantInput(flags: TenantFlags) {
  const {timezone, language, currency} = flags
  const nextPayment = orNull(flags['next-payment'])
  return {
    domain: orNull(flags.domain),
    limits: limitsOf(flags.limit),
    settings: given({timezone, language, currency}),
    billing: nextPayment === undefined ? undefined : {next_payment: nextPayment},
  }
}
