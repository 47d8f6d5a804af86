import {X509Certificate} from 'node:crypto'
import {z} from 'zod'
import {
  addConnection,
  type ConnectionChange,
  type ConnectionRow,
  editConnection,
  findConnection,
  removeConnection,
} from '../erp/connections.ts'
import {checkConnection} from '../erp/check.ts'
import {erpTypes} from '../erp/connector.ts'
import {wireOf} from '../erp/pool.ts'
import {findJob} from '../jobs/cancel.ts'
import {livingNodes} from '../runtime/nodes.ts'
import {planSync, unplanSync} from '../conversations/erp-sync-job.ts'
import {Job, presentJob} from './jobs.ts'
import {ErpConnection, presentConnection} from './erp-connection-row.ts'
import {byId, name, ref} from './fields.ts'
import {listInput, listOutput} from './list.ts'
import {readPage} from './page.ts'
import {operation, type TenantContext} from './operation.ts'

const secret = z.string().min(1).max(8192)
const apiUrl = z.url({protocol: /^https?$/}).transform((text) => text.replace(/\/+$/, '').replace(/\/admin$/, ''))
const LONGEST_SYNC = 30 * 86_400

const certificate = z
  .string()
  .max(65_536)
  .refine((text) => isCertificate(text), 'is no certificate in PEM form')

const settable = {
  api_key: secret.optional(),
  api_secret: secret.optional(),
  credentials: z
    .strictObject({username: secret.optional(), password: secret.optional(), app: secret.optional()})
    .optional(),
  sync_enabled: z.boolean().optional(),
  sync_interval: z.number().int().min(60).max(LONGEST_SYNC).optional(),
  field_mapping: z
    .record(z.string().regex(/^[a-z][a-z0-9_]{0,63}$/), z.string().min(1).max(100))
    .nullable()
    .optional(),
  settings: z.record(z.string(), z.string().max(1000).nullable()).optional(),
  ca_certificate: certificate.nullable().optional(),
  is_default: z.boolean().optional(),
}

export const connectErp = operation({
  id: 'erp.connect',
  method: 'POST',
  path: '/erp/connect/{erp_type}',
  permission: 'erp:write',
  summary: 'Connect an ERP: HubSoft, IXC Soft, MK Solutions, or SGP of TSMX (sisgp).',
  input: z.strictObject({erp_type: z.enum(erpTypes), name, api_url: apiUrl, ...settable}),
  output: ErpConnection,
  status: 201,
  async run(context, input) {
    const id = context.ids.next()
    context.note({resource: id, after: withoutSecrets(input)})
    const row = await addConnection(context, context.tenant, {id, ...input, ...reachOf(context, input)})
    await planAsWished(context, row)
    return presentConnection(row)
  },
})

export const listErpConnections = operation({
  id: 'erp.list',
  method: 'GET',
  path: '/erp/connections',
  permission: 'erp:read',
  summary: 'List ERP connections.',
  input: listInput({sort: ['created_at', 'name'], filters: {erp_type: z.enum(erpTypes).optional()}}),
  output: listOutput(ErpConnection),
  status: 200,
  async run({tenant}, input) {
    const {rows, page} = await tenant.read((db) => {
      const query = db.selectFrom('erp_connections').selectAll()
      return readPage(db, input.erp_type ? query.where('erp_type', '=', input.erp_type) : query, input)
    })
    return {data: rows.map(presentConnection), page}
  },
})

export const showErpConnection = operation({
  id: 'erp.show',
  method: 'GET',
  path: '/erp/connections/{id}',
  permission: 'erp:read',
  summary: 'Show an ERP connection by id or name.',
  input: byId,
  output: ErpConnection,
  status: 200,
  run: async ({tenant}, {id}) => presentConnection(await findConnection(tenant, id)),
})

export const editErpConnection = operation({
  id: 'erp.edit',
  method: 'PUT',
  path: '/erp/connections/{id}',
  permission: 'erp:write',
  summary: 'Change an ERP connection. What is left out stays; a setting that is null goes away.',
  input: z.strictObject({id: ref, name: name.optional(), api_url: apiUrl.optional(), ...settable}),
  output: ErpConnection,
  status: 200,
  async run(context, {id, ...change}) {
    const row = await findConnection(context.tenant, id)
    context.note({resource: row.id, after: withoutSecrets(change)})
    const edited = await editConnection(context, context.tenant, row, {...change, ...reachOf(context, change)})
    await planAsWished(context, edited)
    return presentConnection(edited)
  },
})

export const removeErpConnection = operation({
  id: 'erp.remove',
  method: 'DELETE',
  path: '/erp/connections/{id}',
  permission: 'erp:write',
  summary: 'Remove an ERP connection with its secrets. Contacts keep what they were told.',
  input: byId,
  output: z.null(),
  status: 204,
  async run(context, {id}) {
    const row = await findConnection(context.tenant, id)
    context.note({resource: row.id, before: {name: row.name, erp_type: row.erp_type}})
    await removeConnection(context.tenant, row.id)
    return null
  },
})

export const ErpReport = z.object({
  ok: z.boolean(),
  checks: z.array(z.object({name: z.string(), ok: z.boolean(), message: z.string(), help: z.string().optional()})),
})

export const testErpConnection = operation({
  id: 'erp.test',
  method: 'POST',
  path: '/erp/connections/{id}/test',
  permission: 'erp:write',
  summary: 'Try an ERP connection: address, clock, credentials and each operation. Changes nothing there.',
  audit: false,
  input: z.strictObject({
    id: ref,
    /** Of a customer, for the operations that need one. */
    document: z.string().max(32).optional(),
  }),
  output: ErpReport,
  status: 200,
  async run(context, {id, document}) {
    const row = await findConnection(context.tenant, id)
    const wire = wireOf(context, row, context.tenantRow.settings.timezone)
    const checks = await checkConnection(wire, document)
    return {ok: checks.every((check) => check.ok), checks}
  },
})

export const syncErpConnection = operation({
  id: 'erp.sync',
  method: 'POST',
  path: '/erp/connections/{id}/sync',
  permission: 'erp:write',
  summary: 'Bring customers and invoices into contacts now, as a job.',
  input: byId,
  output: Job.extend({server: z.boolean()}),
  status: 202,
  async run(context, {id}) {
    const row = await findConnection(context.tenant, id)
    context.note({resource: row.id})
    const plan = {dueAt: context.clock.now(), createdBy: context.principal.name}
    const jobId = await context.tenant.write((tx) => planSync(context, tx, row.id, plan))
    const nodes = await livingNodes(context)
    return {...presentJob(await findJob(context.tenant, jobId)), server: nodes.length > 0}
  },
})

/** A sync that was switched on begins at once; one that was switched off is not waited for. */
async function planAsWished(context: TenantContext, row: ConnectionRow): Promise<void> {
  const plan = {dueAt: context.clock.now(), createdBy: context.principal.name}
  await context.tenant.write(async (tx) => {
    if (row.sync_enabled) await planSync(context, tx, row.id, plan)
    else await unplanSync(context, tx, row.id)
  })
}

export const erpConnectionOperations = {
  connectErp,
  listErpConnections,
  showErpConnection,
  editErpConnection,
  removeErpConnection,
  testErpConnection,
  syncErpConnection,
}

/** A private address is allowed by the person at the server's own shell only, and stored with the row. */
function reachOf({principal}: TenantContext, {api_url: url}: {api_url?: string}): ConnectionChange {
  return url === undefined ? {} : {allow_private_network: principal.kind === 'operator'}
}

const secretFields = new Set(['api_key', 'api_secret', 'credentials', 'ca_certificate'])

/** For the audit: that a secret was set, never what it is. */
function withoutSecrets(change: object): Record<string, unknown> {
  const entries: [string, unknown][] = Object.entries(change)
  return Object.fromEntries(entries.map(([key, value]) => [key, secretFields.has(key) && value ? '(set)' : value]))
}

function isCertificate(text: string): boolean {
  try {
    return new X509Certificate(text).ca !== undefined
  } catch {
    return false
  }
}
