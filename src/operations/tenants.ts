import {sql} from 'kysely'
import {z} from 'zod'
import {notFound, PytakeError} from '../base/errors.ts'
import {releaseHeld} from '../delivery/hold.ts'
import {createTenant, removeTenant} from '../tenants/lifecycle.ts'
import {limitNames, planNames, plans} from '../tenants/plans.ts'
import {editTenant, findTenant, tenantById, type TenantRow} from '../tenants/tenants.ts'
import {byId, day, iso, isoOrNull, name, ref, timeOrNull, timeOut, MOST_INTEGER} from './fields.ts'
import {listInput, listOutput} from './list.ts'
import {readPage} from './page.ts'
import {type PlatformContext, platformOperation} from './operation.ts'
import {exceeded, usageOf} from './usage.ts'

const limit = z.number().int().min(0).max(MOST_INTEGER).nullable()
const limits = z.strictObject({
  users: limit,
  messages_per_month: limit,
  whatsapp_numbers: limit,
  flows: limit,
  campaigns: limit,
})

const timezone = z.string().refine(isTimeZone, 'is no time zone; write it like America/Sao_Paulo')
const settings = z.looseObject({
  timezone,
  language: z.string().regex(/^[a-z]{2,3}(-[A-Z]{2})?$/, 'is no language; write it like pt-BR'),
  currency: z.string().regex(/^[A-Z]{3}$/, 'is no currency; write it like BRL'),
})

const domain = z
  .string()
  .max(255)
  .regex(/^(?=.{1,253}$)[a-z0-9-]+(\.[a-z0-9-]+)+$/, 'is no domain name in lower case')

const shared = {
  domain: domain.nullable().optional(),
  limits: limits.partial().optional(),
  settings: settings.partial().optional(),
  billing: z.strictObject({next_payment: day.nullable()}).optional(),
}

export const Tenant = z.object({
  id: z.uuid(),
  name: z.string(),
  domain: z.string().nullable(),
  plan: z.enum(planNames),
  limits,
  settings,
  billing: z.object({status: z.enum(['active', 'suspended', 'cancelled']), next_payment: day.nullable()}),
  state: z.enum(['active', 'removing', 'removed']),
  removed_at: timeOrNull,
  created_at: timeOut,
  updated_at: timeOut,
})
export type Tenant = z.output<typeof Tenant>

export const listTenants = platformOperation({
  id: 'tenants.list',
  method: 'GET',
  path: '/tenants',
  permission: 'tenants:read',
  summary: 'List tenants: all of them for the platform, their own for everyone else.',
  input: listInput({
    sort: ['created_at', 'name'],
    filters: {plan: z.enum(planNames).optional(), status: z.enum(['active', 'suspended', 'cancelled']).optional()},
  }),
  output: listOutput(Tenant),
  status: 200,
  async run({stores, principal}, input) {
    const {rows, page} = await stores.control.read((db) => {
      let query = db.selectFrom('tenants').selectAll().where('state', 'in', ['active', 'removing'])
      if (principal.tenantId !== null) query = query.where('id', '=', principal.tenantId)
      if (input.plan) query = query.where('plan', '=', input.plan)
      if (input.status) query = query.where(sql<string>`billing ->> 'status'`, '=', input.status)
      return readPage(db, query, input)
    })
    return {data: rows.map(present), page}
  },
})

export const showTenant = platformOperation({
  id: 'tenants.show',
  method: 'GET',
  path: '/tenants/{id}',
  permission: 'tenants:read',
  summary: 'Show a tenant by id, domain or name.',
  input: byId,
  output: Tenant,
  status: 200,
  run: async (context, {id}) => present(await find(context, id)),
})

export const createTenantOperation = platformOperation({
  id: 'tenants.create',
  method: 'POST',
  path: '/tenants',
  permission: 'tenants:manage',
  summary: 'Create a tenant with a database of its own.',
  input: z.strictObject({name, plan: z.enum(planNames).optional(), ...shared}),
  output: Tenant,
  status: 201,
  async run(context, input) {
    const id = context.ids.next()
    context.note({tenant: id, resource: id, after: input})
    return present(await createTenant(context, context.control, {id, ...input}))
  },
})

export const editTenantOperation = platformOperation({
  id: 'tenants.edit',
  method: 'PUT',
  path: '/tenants/{id}',
  permission: 'tenants:write',
  summary: 'Change a tenant. What is left out stays; null clears.',
  input: z.strictObject({id: ref, name: name.optional(), ...shared}),
  output: Tenant,
  status: 200,
  async run(context, {id, ...change}) {
    const row = await find(context, id)
    const managed = (['domain', 'limits', 'billing'] as const).filter((field) => change[field] !== undefined)
    if (!context.principal.platform && managed.length > 0) {
      throw new PytakeError('FORBIDDEN', `Only the platform may change ${managed.join(', ')} of a tenant.`)
    }
    context.note({tenant: row.id, resource: row.id, before: present(row), after: change})
    const edited = await editTenant(context.control, row.id, change, new Date(context.clock.now()))
    if (change.limits?.messages_per_month !== undefined) await releaseWaiting(context, row.id)
    return present(edited)
  },
})

export const upgradeTenant = platformOperation({
  id: 'tenants.upgrade',
  method: 'POST',
  path: '/tenants/{id}/upgrade',
  permission: 'tenants:manage',
  summary: 'Move a tenant to another plan. Refused when it uses more than the new plan allows.',
  input: z.strictObject({id: ref, plan: z.enum(planNames)}),
  output: Tenant,
  status: 200,
  async run(context, {id, plan}) {
    const row = await find(context, id)
    const now = context.clock.now()
    const usage = await usageOf(context.stores.control, context.stores.tenant(row.id), row, now)
    const over = exceeded(usage, plans[plan])
    if (over.length > 0) {
      const details = limitNames.flatMap((field) => {
        const message = over.find((line) => line.startsWith(field))
        return message ? [{field, message}] : []
      })
      throw new PytakeError('CONFLICT', `The plan ${plan} is too small: ${over.join('; ')}.`, {details})
    }
    context.note({
      tenant: row.id,
      resource: row.id,
      before: {plan: row.plan, limits: row.limits},
      after: {plan, limits: plans[plan]},
    })
    const upgraded = await editTenant(context.control, row.id, {plan, limits: plans[plan]}, new Date(now))
    await releaseWaiting(context, row.id)
    return present(upgraded)
  },
})

export const suspendTenant = platformOperation({
  id: 'tenants.suspend',
  method: 'POST',
  path: '/tenants/{id}/suspend',
  permission: 'tenants:manage',
  summary: 'Suspend a tenant: its webhooks are stored, nothing is sent, its tokens are refused.',
  input: byId,
  output: Tenant,
  status: 200,
  run: (context, {id}) => moveBilling(context, id, 'suspended'),
})

export const resumeTenant = platformOperation({
  id: 'tenants.resume',
  method: 'POST',
  path: '/tenants/{id}/resume',
  permission: 'tenants:manage',
  summary: 'Take a suspended tenant up again.',
  input: byId,
  output: Tenant,
  status: 200,
  run: (context, {id}) => moveBilling(context, id, 'active'),
})

export const removeTenantOperation = platformOperation({
  id: 'tenants.remove',
  method: 'DELETE',
  path: '/tenants/{id}',
  permission: 'tenants:manage',
  summary: 'Remove a tenant. Its data is put aside at once and dropped after 30 days.',
  input: byId,
  output: z.null(),
  status: 204,
  async run(context, {id}) {
    const row = await find(context, id)
    context.note({tenant: row.id, resource: row.id, before: present(row)})
    await removeTenant(context, context.control, row.id)
    return null
  },
})

export const tenantOperations = {
  listTenants,
  showTenant,
  createTenantOperation,
  editTenantOperation,
  upgradeTenant,
  suspendTenant,
  resumeTenant,
  removeTenantOperation,
}

/** To a tenant's own principal there are no other tenants: they are not even looked for, which could be told from the answer. */
async function find({stores, principal}: PlatformContext, ref: string): Promise<TenantRow> {
  if (principal.tenantId === null) return findTenant(stores.control, ref)
  const own = await tenantById(stores.control, principal.tenantId)
  if (!own || own.state === 'removed' || ![own.id, own.domain, own.name].includes(ref)) {
    throw notFound(`Tenant "${ref}"`, 'pytake tenant list')
  }
  return own
}

/** Servers may hold on to the old limits for some seconds; who is looked at before would wait for the next month again. */
const KNOWN_EVERYWHERE_MS = 5000

async function releaseWaiting({stores, hints, clock}: PlatformContext, tenantId: string): Promise<void> {
  await hints.announce(tenantId)
  await releaseHeld(stores.tenant(tenantId), {reason: 'plan_limit', due: clock.now() + KNOWN_EVERYWHERE_MS})
  hints.committed(tenantId)
}

async function moveBilling(context: PlatformContext, id: string, status: 'active' | 'suspended'): Promise<Tenant> {
  const row = await find(context, id)
  context.note({
    tenant: row.id,
    resource: row.id,
    before: {billing: row.billing},
    after: {billing: {...row.billing, status}},
  })
  return present(await editTenant(context.control, row.id, {billing: {status}}, new Date(context.clock.now())))
}

function present(row: TenantRow): Tenant {
  return {
    id: row.id,
    name: row.name,
    domain: row.domain,
    plan: row.plan,
    limits: row.limits,
    settings: row.settings,
    billing: row.billing,
    state: row.state as Tenant['state'],
    removed_at: isoOrNull(row.removed_at),
    created_at: iso(row.created_at),
    updated_at: iso(row.updated_at),
  }
}

function isTimeZone(text: string): boolean {
  try {
    new Intl.DateTimeFormat('en', {timeZone: text})
    return true
  } catch {
    return false
  }
}
