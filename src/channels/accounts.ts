import type {Kysely, Selectable} from 'kysely'
import {notFound, PytakeError} from '../base/errors.ts'
import type {Runtime} from '../runtime/runtime.ts'
import type {Value} from '../store/database.ts'
import {prepared} from '../store/prepared.ts'
import type {WhatsappConfigs} from '../store/schema/messaging.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import type {TenantDb} from '../store/stores.ts'
import {isConflict} from '../store/unavailable.ts'
import type {Account, ApiType} from './channel.ts'
import {configPlace, type RouteSecrets, sealRouteSecrets, secretColumns, type SecretColumn} from './secrets.ts'

export type ConfigRow = Selectable<WhatsappConfigs>

/** What a person may set of a config. Secrets are plain here and sealed before they are stored. */
export interface ConfigChange {
  name?: string
  phone_number?: string
  phone_number_id?: string | null
  business_account_id?: string | null
  access_token?: string | null
  webhook_verify_token?: string | null
  evolution_instance?: string | null
  evolution_api_key?: string | null
  app_secret?: string | null
  webhook_secret?: string | null
  api_url?: string | null
  allow_private_network?: boolean
  mark_read?: 'on_turn' | 'never'
  is_active?: boolean
  daily_limit?: number | null
  rate_limit_per_minute?: number | null
}

type Deps = Pick<Runtime, 'stores' | 'clock' | 'ids' | 'random'>

/** Adds a config: intent in control, the row, then the route goes live. Verify token is made when left out. */
export async function addConfig(
  deps: Deps,
  db: TenantDb,
  config: ConfigChange & {id?: string; name: string; phone_number: string; api_type: ApiType},
): Promise<ConfigRow> {
  const id = config.id ?? deps.ids.next()
  const now = new Date(deps.clock.now())
  const verifyToken = config.webhook_verify_token ?? deps.random.bytes(16).toString('hex')
  const full = {...config, webhook_verify_token: verifyToken}
  await refuseTakenNumber(deps, config)
  await writeRoute(deps, {id, tenantId: db.name, apiType: config.api_type, change: full, state: 'creating', now})
  try {
    await db.write(async (tx) => {
      const row = {
        id,
        tenant_id: db.name,
        api_type: config.api_type,
        is_active: true,
        allow_private_network: false,
        mark_read: 'on_turn',
        created_at: now,
        ...columnsOf(deps, db.name, id, full),
        updated_at: now,
      }
      await tx.insert('whatsapp_configs', [row])
      await tx.insert('lanes', [{config_id: id, epoch: 0, state: 'running', updated_at: now}])
    })
  } catch (error) {
    await deps.stores.control.write((tx) => tx.db.deleteFrom('channel_routes').where('config_id', '=', id).execute())
    if (isConflict(error)) throw new PytakeError('CONFLICT', `A config named "${config.name}" is there already.`)
    throw error
  }
  await deps.stores.control.write((tx) =>
    tx.update('channel_routes', ['config_id'], [{config_id: id, state: 'active', updated_at: now}]),
  )
  return getConfig(db, id)
}

/** Changes a config. An app secret that is replaced stays valid as the previous one (key rotation). */
export async function editConfig(deps: Deps, db: TenantDb, id: string, change: ConfigChange): Promise<ConfigRow> {
  const now = new Date(deps.clock.now())
  const old = await getConfig(db, id)
  const columns: Record<string, Value> = columnsOf(deps, db.name, id, change)
  if (change.app_secret && old.app_secret) {
    const previous = deps.stores.vault.open(old.app_secret, configPlace(db.name, id, 'app_secret'))
    if (previous !== change.app_secret) {
      columns.app_secret_previous = deps.stores.vault.seal(previous, configPlace(db.name, id, 'app_secret_previous'))
    }
  }
  try {
    await db.write((tx) => tx.update('whatsapp_configs', ['id'], [{id, ...columns, updated_at: now}]))
  } catch (error) {
    if (isConflict(error)) throw new PytakeError('CONFLICT', `A config named "${change.name}" is there already.`)
    throw error
  }
  const row = await getConfig(db, id)
  await refreshRoute(deps, db, row)
  return row
}

/** Takes a config away: its route first, so that nothing new arrives; conversations and messages stay. */
export async function removeConfig(deps: Deps, db: TenantDb, id: string): Promise<void> {
  const now = new Date(deps.clock.now())
  await deps.stores.control.write((tx) => tx.db.deleteFrom('channel_routes').where('config_id', '=', id).execute())
  await db.write((tx) =>
    tx.update(
      'whatsapp_configs',
      ['id'],
      [
        {
          id,
          removed_at: now,
          is_active: false,
          access_token: null,
          evolution_api_key: null,
          app_secret: null,
          app_secret_previous: null,
          webhook_secret: null,
          updated_at: now,
        },
      ],
    ),
  )
}

export async function listConfigs(db: TenantDb): Promise<ConfigRow[]> {
  return db.read(async (q) => (await notRemoved({db: q, engine: db.engine}, {})).rows)
}

const notRemoved = prepared((db: Kysely<TenantSchema>) =>
  db.selectFrom('whatsapp_configs').selectAll().where('removed_at', 'is', null).orderBy('created_at').compile(),
)

/** By id or by name. */
export async function findConfig(db: TenantDb, ref: string): Promise<ConfigRow> {
  const rows = await listConfigs(db)
  const row = rows.find((one) => one.id === ref || one.name === ref)
  if (!row) throw notFound(`WhatsApp config "${ref}"`, 'pytake whatsapp list')
  return row
}

async function getConfig(db: TenantDb, id: string): Promise<ConfigRow> {
  const row = await db.read((q) => q.selectFrom('whatsapp_configs').selectAll().where('id', '=', id).executeTakeFirst())
  if (!row) throw notFound('WhatsApp config')
  return row
}

/** A config with its secrets opened, as channels take it. */
export function accountOf({stores}: Pick<Runtime, 'stores'>, row: ConfigRow): Account {
  const open = (column: SecretColumn) => {
    const sealed = row[column]
    return sealed ? stores.vault.open(sealed, configPlace(row.tenant_id, row.id, column)) : undefined
  }
  return {
    configId: row.id,
    tenantId: row.tenant_id,
    apiType: row.api_type as ApiType,
    phoneNumber: row.phone_number,
    phoneNumberId: row.phone_number_id ?? undefined,
    businessAccountId: row.business_account_id ?? undefined,
    accessToken: open('access_token'),
    instance: row.evolution_instance ?? undefined,
    apiKey: open('evolution_api_key'),
    apiUrl: row.api_url ?? undefined,
    allowPrivateNetwork: row.allow_private_network,
  }
}

/** Column values of a change, secrets sealed for their row. */
function columnsOf(
  {stores}: Pick<Runtime, 'stores'>,
  tenant: string,
  id: string,
  change: ConfigChange,
): Record<string, Value> {
  const columns: Record<string, Value> = {}
  for (const [name, value] of Object.entries(change) as [string, Value | undefined][]) {
    if (value === undefined || name === 'api_type') continue
    const secret = secretColumns.find((column) => column === name)
    columns[name] =
      secret && typeof value === 'string' ? stores.vault.seal(value, configPlace(tenant, id, secret)) : value
  }
  return columns
}

async function refreshRoute(deps: Deps, db: TenantDb, row: ConfigRow): Promise<void> {
  const open = (column: SecretColumn) => {
    const sealed = row[column]
    return sealed ? deps.stores.vault.open(sealed, configPlace(db.name, row.id, column)) : undefined
  }
  const secrets: RouteSecrets = {
    app_secret: open('app_secret'),
    app_secret_previous: open('app_secret_previous'),
    webhook_secret: open('webhook_secret'),
    verify_token: row.webhook_verify_token ?? undefined,
  }
  await deps.stores.control.write((tx) =>
    tx.update(
      'channel_routes',
      ['config_id'],
      [
        {
          config_id: row.id,
          number: numberOf(row),
          business_account_id: row.business_account_id,
          secrets: sealRouteSecrets(deps.stores.vault, row.id, secrets),
          state: row.is_active ? 'active' : 'inactive',
          updated_at: new Date(deps.clock.now()),
        },
      ],
    ),
  )
}

const numberOf = (config: {phone_number_id?: string | null; evolution_instance?: string | null}): string | null =>
  config.phone_number_id ?? config.evolution_instance ?? null

interface NewRoute {
  id: string
  tenantId: string
  apiType: ApiType
  change: ConfigChange
  state: string
  now: Date
}

async function writeRoute(deps: Deps, {id, tenantId, apiType, change, state, now}: NewRoute): Promise<void> {
  const secrets: RouteSecrets = {
    app_secret: change.app_secret ?? undefined,
    webhook_secret: change.webhook_secret ?? undefined,
    verify_token: change.webhook_verify_token ?? undefined,
  }
  const row = {
    config_id: id,
    tenant_id: tenantId,
    api_type: apiType,
    number: numberOf(change),
    business_account_id: change.business_account_id ?? null,
    secrets: sealRouteSecrets(deps.stores.vault, id, secrets),
    state,
    created_at: now,
    updated_at: now,
  }
  await deps.stores.control.write((tx) => tx.insert('channel_routes', [row]))
}

/** A verified number belongs to one config; an unverified claim does not block another. */
async function refuseTakenNumber(deps: Deps, config: ConfigChange & {api_type: ApiType}): Promise<void> {
  const number = numberOf(config)
  if (config.api_type !== 'official' || !number) return
  const taken = await deps.stores.control.read((db) =>
    db
      .selectFrom('channel_routes')
      .select('config_id')
      .where('api_type', '=', 'official')
      .where('number', '=', number)
      .where('verified_at', 'is not', null)
      .executeTakeFirst(),
  )
  if (taken)
    throw new PytakeError('CONFLICT', `The number id ${number} already belongs to another config of this installation.`)
}
