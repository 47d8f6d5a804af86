import {z} from 'zod'
import {type Undelivered, undeliveredOf} from '../hooks/deliveries.ts'
import type {HookRow} from '../hooks/hooks.ts'
import type {DeliveryRow} from '../hooks/settle.ts'
import {keyOf} from '../hooks/signature.ts'
import {iso, isoOrNull, timeOrNull, timeOut} from './fields.ts'
import type {TenantContext} from './operation.ts'

const states = ['active', 'paused', 'disabled'] as const

/** A hook as it is answered: its secret is null, shown once where it is made. */
export const Hook = z.object({
  id: z.uuid(),
  name: z.string(),
  url: z.string(),
  /** Types of events, or `*`. */
  types: z.array(z.string()),
  ordered: z.boolean(),
  concurrency: z.number(),
  /** `paused` by a person; `disabled` by us, with the reason. */
  state: z.enum(states),
  reason: z.string().nullable(),
  secret: z.null(),
  secret_set: z.boolean(),
  /** Until then the secret before signs too. */
  old_secret_until: timeOrNull,
  /** Since when there was nothing but failures. */
  failing_since: timeOrNull,
  /** Deliveries that wait for their next attempt, and those given up. */
  pending: z.number(),
  dead: z.number(),
  created_by: z.string(),
  created_at: timeOut,
  updated_at: timeOut,
})
export type Hook = z.output<typeof Hook>

export const HookWithSecret = Hook.extend({secret: z.string()})
export type HookWithSecret = z.output<typeof HookWithSecret>

export const hookSecret = z
  .string()
  .max(200)
  .refine((text) => keyOf(text) !== undefined, 'must be whsec_ and 24 to 64 bytes in base64')

export const deliveryStates = ['pending', 'delivered', 'dead'] as const

export const Delivery = z.object({
  id: z.uuid(),
  hook_id: z.uuid(),
  /** Number of the event in the log. */
  seq: z.number(),
  type: z.string(),
  state: z.enum(deliveryStates),
  attempts: z.number(),
  next_attempt_at: timeOrNull,
  /** Of the last answer, which is kept up to 1 KB. */
  status: z.number().nullable(),
  response: z.string().nullable(),
  error: z.string().nullable(),
  created_at: timeOut,
  updated_at: timeOut,
})
export type Delivery = z.output<typeof Delivery>

export const presentHook = (row: HookRow, {pending, dead}: Undelivered, now: number): Hook => ({
  id: row.id,
  name: row.name,
  url: row.url,
  types: row.types,
  ordered: row.ordered,
  concurrency: row.concurrency,
  state: row.state as Hook['state'],
  reason: row.reason,
  secret: null,
  secret_set: true,
  old_secret_until: (row.old_secret_until_at?.getTime() ?? 0) > now ? isoOrNull(row.old_secret_until_at) : null,
  failing_since: isoOrNull(row.failing_since_at),
  pending,
  dead,
  created_by: row.created_by,
  created_at: iso(row.created_at),
  updated_at: iso(row.updated_at),
})

export const nothingUndelivered: Undelivered = {pending: 0, dead: 0}

/** A hook with the counts of its deliveries as they are now. */
export async function hookAnswer({tenant, clock}: TenantContext, row: HookRow): Promise<Hook> {
  const undelivered = await undeliveredOf(tenant, [row.id])
  return presentHook(row, undelivered.get(row.id) ?? nothingUndelivered, clock.now())
}

export const presentDelivery = (row: DeliveryRow): Delivery => ({
  id: row.id,
  hook_id: row.hook_id,
  seq: Number(row.seq),
  type: row.type,
  state: row.state as Delivery['state'],
  attempts: row.attempts,
  next_attempt_at: isoOrNull(row.due_at),
  status: row.status,
  response: row.response,
  error: row.error,
  created_at: iso(row.created_at),
  updated_at: iso(row.updated_at),
})
