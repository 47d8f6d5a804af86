import type {Kysely, Selectable} from 'kysely'
import {notFound, PytakeError} from '../base/errors.ts'
import {isUuid} from '../base/ids.ts'
import type {Tx} from '../store/database.ts'
import {toJson} from '../store/columns.ts'
import type {ControlSchema, Plan, TenantBilling, TenantLimits, TenantSettings} from '../store/schema/control.ts'
import type {ControlDb} from '../store/stores.ts'
import {prepared} from '../store/prepared.ts'
import {isConflict} from '../store/unavailable.ts'

export type TenantRow = Selectable<ControlSchema['tenants']>

/** What a person may set of a tenant; what is absent stays as it is. */
export interface TenantChange {
  name?: string
  domain?: string | null
  plan?: Plan
  limits?: Partial<TenantLimits>
  settings?: Partial<TenantSettings>
  billing?: Partial<TenantBilling>
}

export const defaultSettings: TenantSettings = {timezone: 'America/Sao_Paulo', language: 'pt-BR', currency: 'BRL'}

/** Every tenant that is not removed, oldest first. */
export async function livingTenants(control: ControlDb): Promise<TenantRow[]> {
  return control.read((db) =>
    db
      .selectFrom('tenants')
      .selectAll()
      .where('state', 'in', ['active', 'removing'])
      .orderBy('created_at')
      .orderBy('id')
      .execute(),
  )
}

/** By id, domain or name. A name that several tenants have is refused with their ids. */
export async function findTenant(control: ControlDb, given: string): Promise<TenantRow> {
  const ref = isUuid(given) ? given.toLowerCase() : given
  const rows = await control.read((db) =>
    db
      .selectFrom('tenants')
      .selectAll()
      .where('state', 'in', ['active', 'removing'])
      .where((where) =>
        where.or([where('domain', '=', ref), where('name', '=', ref), ...(isUuid(ref) ? [where('id', '=', ref)] : [])]),
      )
      .execute(),
  )
  const row = rows.find((one) => one.id === ref) ?? rows.find((one) => one.domain === ref) ?? rows[0]
  if (!row) throw notFound(`Tenant "${ref}"`, 'pytake tenant list')
  if (rows.length > 1 && row.id !== ref && row.domain !== ref) {
    const ids = rows.map((one) => one.id).join(', ')
    throw new PytakeError('BAD_REQUEST', `Several tenants are named "${ref}": ${ids}. Give the id.`)
  }
  return row
}

/** The row whatever its state; undefined when it is gone. */
export const tenantById = (control: ControlDb, id: string): Promise<TenantRow | undefined> =>
  control.read(async (db) => (await withId({db, engine: control.engine}, {id})).rows[0])

// Asked with every request of every tenant.
const withId = prepared((db: Kysely<ControlSchema>, {id}: {id: string}) =>
  db.selectFrom('tenants').selectAll().where('id', '=', id).compile(),
)

/** Changes a tenant in one commit; settings, limits and billing are merged key by key. */
export async function editTenant(control: ControlDb, id: string, change: TenantChange, now: Date): Promise<TenantRow> {
  await control
    .write(async (tx) => {
      const old = await tx.db.selectFrom('tenants').selectAll().where('id', '=', id).executeTakeFirst()
      if (!old || old.state !== 'active') throw notFound(`Tenant ${id}`, 'pytake tenant list')
      if (change.name !== undefined && change.name !== old.name) await refuseTakenName(tx, change.name)
      const row = {
        id,
        name: change.name ?? old.name,
        domain: change.domain === undefined ? old.domain : change.domain,
        plan: change.plan ?? old.plan,
        limits: toJson({...old.limits, ...change.limits}),
        settings: toJson({...old.settings, ...change.settings}),
        billing: toJson({...old.billing, ...change.billing}),
        updated_at: now,
      }
      await tx.update('tenants', ['id'], [row])
    })
    .catch((error: unknown) => {
      throw isConflict(error) ? takenDomain(change.domain) : error
    })
  const row = await tenantById(control, id)
  if (!row) throw notFound(`Tenant ${id}`)
  return row
}

/** Names are looked up by people, so two living tenants do not share one. */
export async function refuseTakenName(tx: Tx<ControlSchema>, name: string): Promise<void> {
  const taken = await tx.db
    .selectFrom('tenants')
    .select('id')
    .where('name', '=', name)
    .where('state', '!=', 'removed')
    .executeTakeFirst()
  if (taken) throw new PytakeError('CONFLICT', `A tenant named "${name}" is there already.`)
}

export const takenDomain = (domain: string | null | undefined) =>
  new PytakeError('CONFLICT', `The domain ${domain ?? ''} belongs to another tenant.`, {
    details: [{field: 'domain', message: 'belongs to another tenant'}],
  })
