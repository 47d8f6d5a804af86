import type {Selectable} from 'kysely'
import {invalid, notFound, PytakeError} from '../base/errors.ts'
import type {Runtime} from '../runtime/runtime.ts'
import {toJson} from '../store/columns.ts'
import type {Value} from '../store/database.ts'
import type {ErpConnections} from '../store/schema/erp.ts'
import type {TenantDb} from '../store/stores.ts'
import {isConflict} from '../store/unavailable.ts'
import type {Connection, CredentialName, ErpType} from './connector.ts'
import {connectors} from './registry.ts'

export type ConnectionRow = Selectable<ErpConnections>

/** What a person may set of a connection. Secrets are plain here and sealed before they are stored. */
export interface ConnectionChange {
  name?: string
  api_url?: string
  api_key?: string
  api_secret?: string
  credentials?: Partial<Record<'username' | 'password' | 'app', string>>
  sync_enabled?: boolean
  sync_interval?: number
  field_mapping?: Record<string, string> | null
  /** Null takes one away. */
  settings?: Record<string, string | null>
  ca_certificate?: string | null
  allow_private_network?: boolean
  is_default?: boolean
}

type Deps = Pick<Runtime, 'stores' | 'clock'>
const DEFAULT_INTERVAL = 3600

export async function addConnection(
  deps: Deps,
  db: TenantDb,
  connection: ConnectionChange & {id: string; erp_type: ErpType; name: string; api_url: string},
): Promise<ConnectionRow> {
  const {id, erp_type: type} = connection
  const now = new Date(deps.clock.now())
  refuseUnknown(type, connection)
  refuseMissing(type, connection)
  const row = {
    ...{id, tenant_id: db.name, erp_type: type, sync_enabled: false, allow_private_network: false, is_default: false},
    sync_interval: Math.max(DEFAULT_INTERVAL, connectors[type].capabilities.syncFloor),
    ...columnsOf(deps, {tenant: db.name, id, credentials: {}, settings: {}}, connection),
    ...{created_at: now, updated_at: now},
  }
  await named(connection.name, () =>
    db.write(async (tx) => {
      if (connection.is_default) await clearDefault(tx, type)
      await tx.insert('erp_connections', [row])
    }),
  )
  return getConnection(db, id)
}

export async function editConnection(
  deps: Deps,
  db: TenantDb,
  row: ConnectionRow,
  change: ConnectionChange,
): Promise<ConnectionRow> {
  const type = row.erp_type as ErpType
  refuseUnknown(type, change)
  const {credentials, settings} = connectionOf(deps, row, '')
  const columns = columnsOf(deps, {tenant: db.name, id: row.id, credentials, settings}, change)
  // The wire of a connection is named by this time, so it moves on whenever anything changes.
  const updated = new Date(Math.max(deps.clock.now(), row.updated_at.getTime() + 1))
  await named(change.name ?? row.name, () =>
    db.write(async (tx) => {
      if (change.is_default) await clearDefault(tx, type)
      await tx.update('erp_connections', ['id'], [{id: row.id, ...columns, updated_at: updated}])
    }),
  )
  return getConnection(db, row.id)
}

type Tx = Parameters<Parameters<TenantDb['write']>[0]>[0]

const clearDefault = (tx: Tx, type: ErpType) =>
  tx.db.updateTable('erp_connections').set({is_default: false}).where('erp_type', '=', type).execute()

async function named<T>(name: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (isConflict(error)) throw new PytakeError('CONFLICT', `An ERP connection named "${name}" is there already.`)
    throw error
  }
}

/** Takes a connection away with all that was kept of it; contacts keep what they were told. */
export async function removeConnection(db: TenantDb, id: string): Promise<void> {
  await db.write(async (tx) => {
    for (const table of ['erp_customers', 'erp_invoices', 'erp_tickets'] as const)
      await tx.db.deleteFrom(table).where('connection_id', '=', id).execute()
    await tx.db.deleteFrom('erp_connections').where('id', '=', id).execute()
  })
}

export const listConnections = (db: TenantDb): Promise<ConnectionRow[]> =>
  db.read((q) => q.selectFrom('erp_connections').selectAll().orderBy('name').execute())

/** By id or by name. */
export async function findConnection(db: TenantDb, ref: string): Promise<ConnectionRow> {
  const row = (await listConnections(db)).find((one) => one.id === ref || one.name === ref)
  if (!row) throw notFound(`ERP connection "${ref}"`, 'pytake erp list')
  return row
}

/**
 * The connection that a request means: the one named, else the default of that type, else the only one. `CONFLICT` with
 * the names when there are several.
 */
export async function chooseConnection(
  db: TenantDb,
  {type, ref}: {type?: ErpType; ref?: string},
): Promise<ConnectionRow> {
  const rows = (await listConnections(db)).filter((row) => type === undefined || row.erp_type === type)
  if (ref !== undefined) {
    const row = rows.find((one) => one.id === ref || one.name === ref)
    if (!row)
      throw notFound(`ERP connection "${ref}"${type === undefined ? '' : ` of type ${type}`}`, 'pytake erp list')
    return row
  }
  const marked = rows.filter((row) => row.is_default)
  const candidates = marked.length > 0 ? marked : rows
  const [only] = candidates
  if (only && candidates.length === 1) return only
  const what = type === undefined ? 'ERP connection' : `connection to ${type}`
  if (!only) throw notFound(`A ${what}`, `pytake erp connect ${type ?? 'TYPE'} --name NAME --url URL`)
  throw new PytakeError('CONFLICT', `There are ${candidates.length} connections; say which one.`, {
    details: candidates.map(({name, erp_type: of}) => ({field: 'connection', message: `${name} (${of})`})),
    help: 'Add --connection NAME, or make one the default: pytake erp edit NAME --default',
  })
}

async function getConnection(db: TenantDb, id: string): Promise<ConnectionRow> {
  const row = await db.read((q) => q.selectFrom('erp_connections').selectAll().where('id', '=', id).executeTakeFirst())
  if (!row) throw notFound('ERP connection', 'pytake erp list')
  return row
}

type SecretColumn = 'api_key' | 'api_secret' | 'credentials'
const place = (tenant: string, row: string, column: SecretColumn) => ({tenant, table: 'erp_connections', column, row})

/** A row with its secrets opened, as connectors take it. */
export function connectionOf({stores}: Pick<Runtime, 'stores'>, row: ConnectionRow, timeZone: string): Connection {
  const open = (column: SecretColumn) => {
    const sealed = row[column]
    return sealed === null ? undefined : stores.vault.open(sealed, place(row.tenant_id, row.id, column))
  }
  return {
    id: row.id,
    tenantId: row.tenant_id,
    type: row.erp_type as ErpType,
    name: row.name,
    apiUrl: row.api_url,
    apiKey: open('api_key'),
    apiSecret: open('api_secret'),
    credentials: JSON.parse(open('credentials') ?? '{}') as Record<string, string>,
    fieldMapping: row.field_mapping ?? {},
    settings: row.settings ?? {},
    ca: row.ca_certificate ?? undefined,
    allowPrivateNetwork: row.allow_private_network,
    timeZone,
  }
}

interface Before {
  tenant: string
  id: string
  credentials: Readonly<Record<string, string>>
  settings: Readonly<Record<string, string>>
}

function columnsOf(
  {stores}: Pick<Runtime, 'stores'>,
  {tenant, id, ...old}: Before,
  change: ConnectionChange,
): Record<string, Value> {
  const seal = (column: SecretColumn, value: string | undefined) =>
    value === undefined ? {} : {[column]: stores.vault.seal(value, place(tenant, id, column))}
  const {credentials, settings, field_mapping: mapping, api_key: key, api_secret: secret} = change
  const plain: Record<string, Value | undefined> = {
    ...{
      name: change.name,
      api_url: change.api_url,
      ca_certificate: change.ca_certificate,
      is_default: change.is_default,
    },
    ...{sync_enabled: change.sync_enabled, sync_interval: change.sync_interval},
    allow_private_network: change.allow_private_network,
    field_mapping: mapping === undefined ? undefined : toJson(mapping ?? {}),
    settings: settings === undefined ? undefined : toJson(merged(old.settings, settings)),
  }
  return {
    ...Object.fromEntries(Object.entries(plain).filter((pair): pair is [string, Value] => pair[1] !== undefined)),
    ...seal('api_key', key),
    ...seal('api_secret', secret),
    ...seal('credentials', credentials && JSON.stringify({...old.credentials, ...credentials})),
  }
}

const merged = (old: Readonly<Record<string, string>>, change: Record<string, string | null>) =>
  Object.fromEntries(Object.entries({...old, ...change}).filter(([, value]) => value !== null))

/** Settings of every connector. */
export const commonSettings: Readonly<Record<string, string>> = {
  timeout: 'Seconds that a look-up may take in all; 15 unless told.',
  concurrency: 'Requests at once.',
}
const SECRETIVE = /senha|password|token|secret/i

function refuseUnknown(type: ErpType, change: ConnectionChange): void {
  const {settings, label, capabilities} = connectors[type]
  const known = {...commonSettings, ...settings}
  for (const [name, value] of Object.entries(change.settings ?? {})) {
    if (!Object.hasOwn(known, name))
      throw invalid(`settings.${name}`, `is no setting of ${label}; known: ${Object.keys(known).join(', ')}`)
    if (Object.hasOwn(commonSettings, name) && value !== null && !(Number(value) >= 1 && Number(value) <= 120))
      throw invalid(`settings.${name}`, 'must be a number from 1 to 120')
  }
  for (const [ours, theirs] of Object.entries(change.field_mapping ?? {}))
    if (SECRETIVE.test(theirs)) throw invalid(`field_mapping.${ours}`, `"${theirs}" would show a secret`)
  const {sync_interval: interval} = change
  if (interval !== undefined && interval < capabilities.syncFloor)
    throw invalid('sync_interval', `must be at least ${capabilities.syncFloor} seconds for ${label}`)
}

function refuseMissing(type: ErpType, given: ConnectionChange): void {
  const {credentials, label} = connectors[type]
  const values: Record<string, unknown> = {...given.credentials, api_key: given.api_key, api_secret: given.api_secret}
  for (const [name, info] of Object.entries(credentials)) {
    if (info.optional || values[name as CredentialName]) continue
    throw invalid(name, `is required for ${label}: ${info.about}`)
  }
}
