import {PytakeError} from '../base/errors.ts'
import type {Stores} from '../store/stores.ts'
import {findTenant, livingTenants, tenantById, type TenantRow} from '../tenants/tenants.ts'
import type {Principal} from './principal.ts'

/**
 * The tenant a request acts on: the principal's own; for the platform the one named, or the only one there is.
 * Throws `FORBIDDEN` when a tenant's principal names another, `BAD_REQUEST` when the choice is open.
 */
export async function resolveTenant({control}: Stores, principal: Principal, ref?: string): Promise<TenantRow> {
  const row = principal.tenantId === null ? await chosen(control, ref) : await own(control, principal.tenantId, ref)
  if (row.state === 'removing') throw new PytakeError('CONFLICT', `Tenant ${row.name} is being removed.`)
  if (row.billing.status !== 'active' && principal.tenantId !== null) {
    throw new PytakeError('FORBIDDEN', `Tenant ${row.name} is ${row.billing.status}.`)
  }
  return row
}

async function own(control: Stores['control'], id: string, ref: string | undefined): Promise<TenantRow> {
  const row = await tenantById(control, id)
  if (!row || row.state === 'removed') throw new PytakeError('FORBIDDEN', 'The tenant of this token was removed.')
  if (ref !== undefined && ![row.id, row.domain, row.name].includes(ref)) {
    throw new PytakeError('FORBIDDEN', `This token belongs to another tenant than "${ref}".`)
  }
  return row
}

async function chosen(control: Stores['control'], ref: string | undefined): Promise<TenantRow> {
  if (ref !== undefined) return findTenant(control, ref)
  const rows = await livingTenants(control)
  const [only] = rows
  if (only && rows.length === 1) return only
  if (!only) throw new PytakeError('BAD_REQUEST', 'There is no tenant yet.', {help: 'pytake tenant create --name NAME'})
  throw new PytakeError('BAD_REQUEST', `There are ${rows.length} tenants; say which one.`, {
    details: rows.slice(0, 10).map((row) => ({field: 'tenant', message: `${row.name} (${row.id})`})),
    help: 'Add --tenant ID, or set PYTAKE_TENANT.',
  })
}

/** Is there such a tenant still? What is being removed is not there any more. */
export async function isServed({control}: Stores, id: string): Promise<boolean> {
  return (await tenantById(control, id))?.state === 'active'
}
