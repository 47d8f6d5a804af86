import {messageOf} from '../base/errors.ts'
import {type Runtime, type RuntimeOptions, storeOptions} from '../runtime/runtime.ts'
import type {MigrationReport} from '../store/migrate.ts'
import {openRehearsal} from '../store/stores.ts'
import {livingTenants} from '../tenants/tenants.ts'

/** What happened, or would happen, to one database. The control database belongs to no tenant. */
export interface MigrationResult {
  tenant_id: string | null
  name: string
  applied: string[]
  error: string | null
}

type OnResult = (result: MigrationResult, total: number) => void

interface Named {
  id: string
  name: string
}

/**
 * Migrates every tenant's database; the control database was when it was opened. One that fails does not keep the
 * others from being tried.
 */
export async function migrateAll(
  {stores, crash}: Pick<Runtime, 'stores' | 'crash'>,
  onResult: OnResult,
): Promise<MigrationResult[]> {
  const tenants = await livingTenants(stores.control)
  return oneByOne(tenants, {
    control: stores.controlMigrated,
    migrate: async (id) => {
      const report = await stores.migrateTenant(id)
      crash('migrate.tenant')
      return report
    },
    onResult,
  })
}

/** Tries the same on copies, the control database first. Where the data is nothing is opened to be written or made. */
export async function rehearseAll(
  options: Pick<RuntimeOptions, 'config' | 'migrations'>,
  onResult: OnResult,
): Promise<MigrationResult[]> {
  const rehearsal = await openRehearsal(storeOptions(options))
  try {
    const {report, seen: tenants} = await rehearsal.control(livingTenants)
    return await oneByOne(tenants, {control: report, migrate: (id) => rehearsal.tenant(id), onResult})
  } finally {
    await rehearsal.close()
  }
}

interface Steps {
  control: MigrationReport
  migrate: (id: string) => Promise<MigrationReport>
  onResult: OnResult
}

async function oneByOne(tenants: readonly Named[], {control, migrate, onResult}: Steps): Promise<MigrationResult[]> {
  const results: MigrationResult[] = []
  const add = (result: MigrationResult) => {
    results.push(result)
    onResult(result, tenants.length + 1)
  }
  add({tenant_id: null, name: 'control', applied: control.applied, error: null})
  for (const {id, name} of tenants) {
    try {
      add({tenant_id: id, name, applied: (await migrate(id)).applied, error: null})
    } catch (error) {
      add({tenant_id: id, name, applied: [], error: messageOf(error)})
    }
  }
  return results
}
