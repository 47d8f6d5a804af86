import {z} from 'zod'
import {PytakeError} from '../base/errors.ts'
import type {Database} from '../store/database.ts'
import {iso, timeOut, uuid} from './fields.ts'
import {flag, listOutput} from './list.ts'
import {type PlatformContext, platformOperation} from './operation.ts'
import type {StampTables} from './stamp.ts'
import {resolveTenant} from './tenant-of.ts'

const MOST = 1000

export const AuditEntry = z.object({
  id: z.uuid(),
  at: timeOut,
  principal: z.string(),
  action: z.string(),
  resource_id: z.string().nullable(),
  before: z.unknown(),
  after: z.unknown(),
  /** Address of the caller. */
  origin: z.string().nullable(),
})
export type AuditEntry = z.output<typeof AuditEntry>

const filters = {
  /** `user:…`, `token:…`, `cli:ana`. */
  principal: z.string().max(255).optional(),
  /** `contacts.edit`, or `contacts.` for all of them. */
  action: z.string().max(100).optional(),
  resource: z.string().max(255).optional(),
  since: z.iso.datetime({offset: true}).optional(),
  until: z.iso.datetime({offset: true}).optional(),
}

const Input = z.strictObject({
  limit: z.coerce.number().int().min(1).max(MOST).default(20),
  after: uuid.optional(),
  /** What concerns no tenant, or all of them. */
  platform: flag.default(false),
  ...filters,
})
type Input = z.output<typeof Input>

export const listAudit = platformOperation({
  id: 'audit.list',
  method: 'GET',
  path: '/audit',
  permission: 'audit:read',
  summary: 'List who changed what, and who read what belongs to a person; the newest first.',
  input: Input,
  output: listOutput(AuditEntry),
  status: 200,
  async run(context, input) {
    const logs = await logsOf(context, input.platform)
    const found = (await Promise.all(logs.map((log) => log(input)))).flat()
    // Ids are in order of time, whichever database they are from.
    const sorted = found.sort((one, other) => (one.id < other.id ? 1 : -1))
    const data = sorted.slice(0, input.limit)
    const has_more = sorted.length > data.length
    return {data, page: {page: null, limit: input.limit, total: null, has_more, after: has_more ? lastId(data) : null}}
  },
})

export const auditOperations = {listAudit}

const lastId = (data: readonly AuditEntry[]): string | null => data.at(-1)?.id ?? null

type Log = (input: Input) => Promise<AuditEntry[]>

/** A tenant's changes are in its own database; users and tokens of it are in control. */
async function logsOf(context: PlatformContext, platform: boolean): Promise<Log[]> {
  const {stores, principal, tenantRef} = context
  const control = stores.control as unknown as Database<WithTenant>
  if (platform) {
    if (!principal.platform) throw new PytakeError('FORBIDDEN', 'Only the platform sees what concerns the platform.')
    return [(input) => readLog(control, input, {tenant: null})]
  }
  const {id} = await resolveTenant(context, principal, tenantRef)
  return [
    (input) => readLog(stores.tenant(id) as unknown as Database<WithTenant>, input),
    (input) => readLog(control, input, {tenant: id}),
  ]
}

/** Only the log in control has the column `tenant_id`. */
interface WithTenant {
  audit_log: StampTables['audit_log'] & {tenant_id: string | null}
}

async function readLog(
  database: Database<WithTenant>,
  {limit, after, principal, action, resource, since, until}: Input,
  of?: {tenant: string | null},
): Promise<AuditEntry[]> {
  const rows = await database.read((db) => {
    let query = db
      .selectFrom('audit_log')
      .select(['id', 'principal', 'action', 'resource_id', 'before', 'after', 'origin', 'created_at'])
    if (of) query = query.where('tenant_id', of.tenant === null ? 'is' : '=', of.tenant)
    if (after !== undefined) query = query.where('id', '<', after)
    if (principal !== undefined) query = query.where('principal', '=', principal)
    if (action !== undefined) query = query.where('action', action.endsWith('.') ? 'like' : '=', likeOf(action))
    if (resource !== undefined) query = query.where('resource_id', '=', resource)
    if (since !== undefined) query = query.where('created_at', '>=', new Date(since))
    if (until !== undefined) query = query.where('created_at', '<', new Date(until))
    return query
      .orderBy('id', 'desc')
      .limit(limit + 1)
      .execute()
  })
  return rows.map(({created_at: at, ...row}) => ({...row, at: iso(at)}))
}

const likeOf = (action: string): string => (action.endsWith('.') ? `${action}%` : action)
