import {notFound} from '../base/errors.ts'
import type {Runtime} from '../runtime/runtime.ts'
import {toJson} from '../store/columns.ts'
import type {TenantBilling} from '../store/schema/control.ts'
import type {ControlDb} from '../store/stores.ts'
import {isConflict} from '../store/unavailable.ts'
import {defaultPlan, plans} from './plans.ts'
import {
  defaultSettings,
  refuseTakenName,
  takenDomain,
  type TenantChange,
  type TenantRow,
  tenantById,
} from './tenants.ts'

type Deps = Pick<Runtime, 'stores' | 'clock' | 'crash'>

/** An intent older than this belongs to a process that died. */
const STALE_INTENT_MS = 60_000
/** A removed tenant's data is dropped after this long. */
export const REMOVED_KEPT_MS = 30 * 24 * 3_600_000

export interface NewTenant extends TenantChange {
  id: string
  name: string
}

/**
 * Creates a tenant: intent in control, its database, then active. `control` takes the last commit, so that
 * what rides on it (audit, idempotency key) is there exactly when the tenant is.
 */
export async function createTenant(deps: Deps, control: ControlDb, tenant: NewTenant): Promise<TenantRow> {
  await undoStaleIntents(deps)
  await writeIntent(deps, tenant)
  deps.crash('tenant.intent')
  try {
    await deps.stores.migrateTenant(tenant.id)
    deps.crash('tenant.prepared')
    await activate(deps, control, tenant.id)
  } catch (error) {
    // When the undoing fails too, the reconciler finds the intent.
    await undo(deps, tenant.id).catch(() => undefined)
    throw error
  }
  deps.crash('tenant.active')
  const row = await tenantById(control, tenant.id)
  if (!row) throw notFound(`Tenant ${tenant.id}`)
  return row
}

async function writeIntent({stores, clock}: Deps, tenant: NewTenant): Promise<void> {
  const now = new Date(clock.now())
  const plan = tenant.plan ?? defaultPlan
  const row = {
    id: tenant.id,
    name: tenant.name,
    domain: tenant.domain ?? null,
    plan,
    limits: toJson({...plans[plan], ...tenant.limits}),
    settings: toJson({...defaultSettings, ...tenant.settings}),
    billing: toJson({status: 'active', next_payment: null, ...tenant.billing}),
    state: 'creating',
    created_at: now,
    updated_at: now,
  }
  try {
    await stores.control.write(async (tx) => {
      await refuseTakenName(tx, tenant.name)
      await tx.insert('tenants', [row])
    })
  } catch (error) {
    throw isConflict(error) ? takenDomain(tenant.domain) : error
  }
}

async function activate({clock}: Deps, control: ControlDb, id: string): Promise<void> {
  await control.write(async (tx) => {
    const {numUpdatedRows} = await tx.db
      .updateTable('tenants')
      .set({state: 'active', updated_at: new Date(clock.now())})
      .where('id', '=', id)
      .where('state', '=', 'creating')
      .executeTakeFirst()
    if (numUpdatedRows === 0n) throw notFound(`Tenant ${id}`)
  })
}

async function undo({stores}: Deps, id: string): Promise<void> {
  await stores.retireTenant(id)
  await stores.dropTenant(id)
  await stores.control.write((tx) =>
    tx.db.deleteFrom('tenants').where('id', '=', id).where('state', '=', 'creating').execute(),
  )
}

/**
 * Removes a tenant: routes off and domain free, data put aside, row `removed`. A removal that was cut short is finished
 * by calling it again.
 */
export async function removeTenant(deps: Deps, control: ControlDb, id: string): Promise<void> {
  const now = new Date(deps.clock.now())
  await control.write(async (tx) => {
    const row = await tx.db.selectFrom('tenants').selectAll().where('id', '=', id).executeTakeFirst()
    if (!row || !['active', 'removing'].includes(row.state)) throw notFound(`Tenant ${id}`, 'pytake tenant list')
    const billing: TenantBilling = {...row.billing, status: 'cancelled'}
    await tx.update(
      'tenants',
      ['id'],
      [{id, state: 'removing', domain: null, billing: toJson(billing), updated_at: now}],
    )
    await tx.db.deleteFrom('channel_routes').where('tenant_id', '=', id).execute()
    await tx.db
      .updateTable('api_tokens')
      .set({revoked_at: now})
      .where('tenant_id', '=', id)
      .where('revoked_at', 'is', null)
      .execute()
  })
  deps.crash('tenant.removing')
  await retire(deps, id)
}

async function retire(deps: Deps, id: string): Promise<void> {
  await deps.stores.retireTenant(id)
  deps.crash('tenant.retired')
  const now = new Date(deps.clock.now())
  await deps.stores.control.write((tx) =>
    tx.update('tenants', ['id'], [{id, state: 'removed', removed_at: now, updated_at: now}]),
  )
}

export interface Reconciled {
  undone: string[]
  removed: string[]
  dropped: string[]
}

/** Finishes or undoes what dead processes left half done, and drops data whose time has come. Idempotent. */
export async function reconcileTenants(deps: Deps): Promise<Reconciled> {
  const undone = await undoStaleIntents(deps)
  const rows = await deps.stores.control.read((db) =>
    db.selectFrom('tenants').selectAll().where('state', 'in', ['removing', 'removed']).execute(),
  )
  const removed = rows.filter((row) => row.state === 'removing').map((row) => row.id)
  for (const id of removed) await retire(deps, id)
  const old = deps.clock.now() - REMOVED_KEPT_MS
  const dropped = rows.filter((row) => row.removed_at !== null && row.removed_at.getTime() <= old).map((row) => row.id)
  for (const id of dropped) await drop(deps, id)
  return {undone, removed, dropped}
}

async function undoStaleIntents(deps: Deps): Promise<string[]> {
  const before = new Date(deps.clock.now() - STALE_INTENT_MS)
  const rows = await deps.stores.control.read((db) =>
    db.selectFrom('tenants').select('id').where('state', '=', 'creating').where('updated_at', '<', before).execute(),
  )
  for (const {id} of rows) await undo(deps, id)
  return rows.map((row) => row.id)
}

async function drop({stores}: Deps, id: string): Promise<void> {
  await stores.dropTenant(id)
  await stores.control.write(async (tx) => {
    const people = tx.db.selectFrom('users').select('id').where('tenant_id', '=', id)
    await tx.db.deleteFrom('sessions').where('user_id', 'in', people).execute()
    for (const table of ['api_tokens', 'one_time_tokens', 'users'] as const)
      await tx.db.deleteFrom(table).where('tenant_id', '=', id).execute()
    await tx.db.deleteFrom('due_hints').where('tenant_id', '=', id).execute()
    await tx.db.deleteFrom('tenants').where('id', '=', id).where('state', '=', 'removed').execute()
  })
}
