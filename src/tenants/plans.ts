import type {Plan, TenantLimits} from '../store/schema/control.ts'

/** What each plan allows; null is no limit. A tenant keeps a copy, so that a number can be raised for one of them. */
export const plans: Readonly<Record<Plan, TenantLimits>> = {
  starter: {users: 3, messages_per_month: 1000, whatsapp_numbers: 1, flows: 10, campaigns: 5},
  growth: {users: 10, messages_per_month: 10_000, whatsapp_numbers: 3, flows: 50, campaigns: 20},
  enterprise: {users: null, messages_per_month: null, whatsapp_numbers: null, flows: null, campaigns: null},
}

export const planNames = ['starter', 'growth', 'enterprise'] as const satisfies readonly Plan[]

export const limitNames = [
  'users',
  'messages_per_month',
  'whatsapp_numbers',
  'flows',
  'campaigns',
] as const satisfies readonly (keyof TenantLimits)[]

/** Who creates a tenant in a shell mostly runs their own. */
export const defaultPlan: Plan = 'enterprise'
