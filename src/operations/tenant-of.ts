import {PytakeError} from '../base/errors.ts'
import {isUuid} from '../base/ids.ts'
import type {Runtime} from '../runtime/runtime.ts'
import type {Stores} from '../store/stores.ts'
import {rememberedTenant} from '../tenants/remembered.ts'
import {findTenant, livingTenants, tenantById, type TenantRow} from '../tenants/tenants.ts'
import type {Principal} from './principal.ts'

type Deps = Pick<Runtime, 'stores' | 'clock'>

/**
 * The tenant a request acts on: the principal's own; for the platform the one named, or the only one there is.
 * Throws `FORBIDDEN` when a tenant's principal names another, `BAD_REQUEST` when the choice is open.
 */
export async function resolveTenant(deps: Deps, principal: Principal, ref?: string): Promise<TenantRow> {
  const row = principal.tenantId === null ? await chosen(deps.stores, ref) : await own(deps, principal.tenantId, ref)
  if (row.state === 'removing') throw new PytakeError('CONFLICT', `Tenant ${row.name} is being removed.`)
  if (row.billing.status !== 'active' && principal.tenantId !== null) {
    throw new PytakeError('FORBIDDEN', `Tenant ${row.name} is ${row.billing.status}.`)
  }
  return row
}

async function own(deps: Deps, id: string, ref: string | undefined): Promise<TenantRow> {
  const row = await rememberedTenant(deps, id)
  if (!row || row.state === 'removed') throw new PytakeError('FORBIDDEN', 'The tenant of this token was removed.')
  if (ref !== undefined && ![row.id, row.domain, row.name].includes(isUuid(ref) ? ref.toLowerCase() : ref)) {
    throw new PytakeError('FORBIDDEN', `This token belongs to another tenant than "${ref}".`)
  }
  return row
}

async function chosen({control}: Stores, ref: string | undefined): Promise<TenantRow> {
  if (ref !== undefined) return findTenant(control, ref)
  const rows = await livingTenants(control)
  const [only] = rows
  if (only && rows.length === 1) return only
  if (!only) throw new PytakeError('BAD_REQUEST', 'There is no tenant yet.', {help: 'pytake tenant create --name NAME'})
  throw new PytakeError('BAD_REQUEST', `There are ${rows.length} tenants; say which one.`, {
    details: rows.slice(0, 10).map((row) => ({field: 'tenant', message: `${row.name} (${row.id})`})),
    help: 'Add --tenant ID, or set PYTAKE_TENANT; over HTTP, the header X-PyTake-Tenant.',
  })
}

/** Is there such a tenant still? What is being removed is not there any more. */
export async function isServed({control}: Stores, id: string): Promise<boolean> {
  return (await tenantById(control, id))?.state === 'active'
}
