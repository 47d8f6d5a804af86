import {notFound} from '../base/errors.ts'
import type {Runtime} from '../runtime/runtime.ts'
import type {TenantDb} from '../store/stores.ts'

type Deps = Pick<Runtime, 'stores' | 'clock'>

/** A secret that flows refer to as `${secret.NAME}`. Its value never leaves but for the job that makes the call. */
export interface SecretInfo {
  name: string
  updated_by: string
  updated_at: Date
}

export async function setSecret(
  {stores, clock}: Deps,
  db: TenantDb,
  secret: {name: string; value: string; by: string},
): Promise<SecretInfo> {
  const {name, by} = secret
  const updated = {updated_by: by, updated_at: new Date(clock.now())}
  const row = {name, value: stores.vault.seal(secret.value, place(db.name, name)), ...updated}
  await db.write(async (tx) => {
    const [fresh] = await tx.insertNew('secrets', ['name'], [row])
    if (!fresh) await tx.update('secrets', ['name'], [row])
  })
  return {name, ...updated}
}

export const listSecrets = (db: TenantDb): Promise<SecretInfo[]> =>
  db.read((q) => q.selectFrom('secrets').select(['name', 'updated_by', 'updated_at']).orderBy('name').execute())

export async function removeSecret(db: TenantDb, name: string): Promise<void> {
  await db.write(async (tx) => {
    const {numDeletedRows} = await tx.db.deleteFrom('secrets').where('name', '=', name).executeTakeFirst()
    if (numDeletedRows === 0n) throw notFound(`Secret ${name}`, 'pytake secret list')
  })
}

/** The value in plain, for the call that needs it. */
export async function readSecret({stores}: Pick<Runtime, 'stores'>, db: TenantDb, name: string): Promise<string> {
  const row = await db.read((q) => q.selectFrom('secrets').select('value').where('name', '=', name).executeTakeFirst())
  if (!row) throw notFound(`Secret ${name}`, `pytake secret set ${name} --file FILE`)
  return stores.vault.open(row.value, place(db.name, name))
}

const place = (tenant: string, row: string) => ({tenant, table: 'secrets', column: 'value', row})
