import type {Runtime} from '../runtime/runtime.ts'
import {messageOf} from '../base/errors.ts'
import {livingTenants} from '../tenants/tenants.ts'

/** What happened, or would happen, to one tenant's database. */
export interface MigrationResult {
  tenant_id: string
  name: string
  applied: string[]
  error: string | null
}

/**
 * Migrates every tenant's database, or rehearses it on copies. The control database is migrated when it is opened.
 * One that fails does not keep the others from being tried.
 */
export async function migrateTenants(
  {stores, crash}: Pick<Runtime, 'stores' | 'crash'>,
  {check, onResult}: {check: boolean; onResult: (result: MigrationResult, total: number) => void},
): Promise<MigrationResult[]> {
  const tenants = await livingTenants(stores.control)
  const results: MigrationResult[] = []
  for (const {id, name} of tenants) {
    const result: MigrationResult = {tenant_id: id, name, applied: [], error: null}
    try {
      if (check) await stores.rehearseTenant(id)
      else result.applied = (await stores.migrateTenant(id)).applied
    } catch (error) {
      result.error = messageOf(error)
    }
    crash('migrate.tenant')
    results.push(result)
    onResult(result, tenants.length)
  }
  return results
}
