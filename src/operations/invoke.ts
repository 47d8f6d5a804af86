import type {z} from 'zod'
import {maskDocument} from '../base/documents.ts'
import {PytakeError} from '../base/errors.ts'
import {isRecord} from '../base/json.ts'
import type {Runtime} from '../runtime/runtime.ts'
import type {Database} from '../store/database.ts'
import type {ControlSchema} from '../store/schema/control.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import type {TenantRow} from '../tenants/tenants.ts'
import {claimKey, earlierAnswer, keepAnswer, KeyTaken, requestKey, type RequestKey} from './idempotency.ts'
import {JsonRows} from './json-rows.ts'
import {parseInput, refuseUnstorable} from './input.ts'
import {isAudited, type Note, type ServedOperation, type TenantContext} from './operation.ts'
import {requireAccess} from './permissions.ts'
import {guardOf, type Precondition} from './precondition.ts'
import type {Principal} from './principal.ts'
import {recordTogether, stamped, type Stamp, type StampTables, writeAudit} from './stamp.ts'
import {resolveTenant} from './tenant-of.ts'
import {refuseBeyondPlan} from './usage.ts'

/** Who asks, for which tenant, from where. */
export interface Caller {
  principal: Principal
  /** Id, domain or name. */
  tenant?: string
  idempotencyKey?: string
  /** Address of the caller, for the audit. */
  origin?: string
  /** The answer goes into `jsonOf` and nowhere else. */
  takesText?: boolean
  /** For an edit: what it rests on. */
  precondition?: Precondition
}

/**
 * Runs an operation as the whole surface does: permission, input, tenant, idempotency key, plan limit and audit once,
 * around `run`. Throws `PytakeError` and nothing else.
 */
export async function invoke<I extends z.ZodType, O extends z.ZodType>(
  runtime: Runtime,
  operation: ServedOperation<I, O>,
  input: unknown,
  caller: Caller,
): Promise<z.output<O>> {
  try {
    requireAccess(caller.principal, operation.permission)
    const parsed = parseInput(operation.input, input)
    refuseUnstorable(input)
    const row = operation.scope === 'tenant' ? await resolveTenant(runtime, caller.principal, caller.tenant) : undefined
    return await carryOut({runtime, operation: operation, caller, row}, parsed)
  } catch (error) {
    if (error instanceof PytakeError) throw error
    runtime.log.error({err: error, operation: operation.id}, 'operation failed')
    throw new PytakeError('INTERNAL', 'Something went wrong inside. The log has the details.', {cause: error})
  }
}

interface Request {
  runtime: Runtime
  operation: ServedOperation
  caller: Caller
  row: TenantRow | undefined
}

async function carryOut<T>(request: Request, input: unknown): Promise<T> {
  const {runtime, operation, caller} = request
  // Nobody's keys would be everybody's: the answer to one caller would be another's.
  const takesKey = operation.method !== 'GET' && operation.permission !== 'nobody'
  const given = takesKey ? caller.idempotencyKey : undefined
  if (given === undefined) return (await start(request, undefined, input)) as T
  const home = homeOf(request)
  const principal = `${caller.principal.name} ${request.row?.id ?? ''}`
  const key = requestKey(runtime.stores.vault, given, {operation: operation.id, principal, input})
  const earlier = await earlierAnswer(runtime, home, key)
  if (earlier) return earlier.value as T
  try {
    const value = (await start(request, key, input)) as T
    await keepAnswer(runtime, home, key, {status: operation.status, value})
    return value
  } catch (error) {
    if (!(error instanceof KeyTaken)) throw error
    const first = await earlierAnswer(runtime, home, key)
    if (first) return first.value as T
    throw new PytakeError('CONFLICT', 'A request with this Idempotency-Key is being carried out.')
  }
}

/** The database that holds the change. */
function homeOf({runtime, operation, row}: Request): Database<StampTables> {
  const inTenant = !isInControl(operation) && row !== undefined
  const home: unknown = inTenant ? runtime.stores.tenant(row.id) : runtime.stores.control
  return home as Database<StampTables>
}

async function start(request: Request, key: RequestKey | undefined, input: unknown): Promise<unknown> {
  const {runtime, operation, caller, row} = request
  let note: Note = {}
  const context = contextOf(request, (change) => (note = {...note, ...change}))
  // Nothing rides on what changes nothing, and there is much of it.
  if (operation.method === 'GET' && !isAudited(operation)) return runAndRecord(request, context, input, () => note)
  const guard = guardOf(operation, caller.precondition, context)
  await guard.first()
  const carried = <S extends ControlSchema | TenantSchema>(database: Database<S>, inControl: boolean) => {
    const stamp = stampOf({request, key, inControl, note: () => note})
    return stamped<S>(database, stamp, inControl === isInControl(operation) ? guard.begin : undefined)
  }
  context.control = carried(context.control, true)
  if (row) context.tenant = carried(context.tenant, false)
  const run = () => runAndRecord(request, context, input, () => note)
  const isChange = operation.scope === 'tenant' && !operation.personal && operation.method !== 'GET'
  const answer = isChange && row ? await announced(runtime, row.id, run) : await run()
  await guard.end()
  return answer
}

/** Runs it; what it shows of a person is recorded. */
const runAndRecord = (request: Request, context: TenantContext, input: unknown, note: () => Note): Promise<unknown> =>
  request.operation.personal ? onRecord(request, context, input, note) : request.operation.run(context, input)

/** What `run` gets, before anything rides on its changes. Only tenant operations may look at the tenant. */
function contextOf({runtime, caller, row}: Request, note: (change: Note) => void): TenantContext {
  // Named one by one: to spread a runtime costs a tenth of a small request.
  const {config, clock, ids, random, log, stores, http, crash, hints, templates} = runtime
  const context = {
    config,
    clock,
    ids,
    random,
    log,
    stores,
    http,
    crash,
    hints,
    templates,
    principal: caller.principal,
    tenantRef: caller.tenant,
    origin: caller.origin,
    takesText: caller.takesText,
    control: stores.control,
    note,
    tenant: row && stores.tenant(row.id),
    tenantRow: row,
  } satisfies Partial<TenantContext>
  return context as TenantContext
}

const isInControl = (operation: ServedOperation): boolean =>
  operation.scope === 'platform' || operation.changes === 'control'

/** Who reads what belongs to a person is recorded before they get it; what cannot be recorded is not shown. */
async function onRecord(
  {runtime, operation, caller, row}: Request,
  context: TenantContext,
  input: unknown,
  note: () => Note,
) {
  const answer = await operation.run(context, input)
  if (operation.personal === 'if shown' && rowsOf(answer).length === 0) return answer
  const given = isRecord(input) ? input : {}
  const {tenant = row?.id, resource = given.id ?? given.customer_id} = note()
  const database: unknown = tenant === undefined ? runtime.stores.control : runtime.stores.tenant(tenant)
  const entry = {
    id: runtime.ids.next(),
    ...(tenant === undefined ? {tenantId: null} : {}),
    principal: caller.principal.name,
    action: operation.id,
    ...(['string', 'number'].includes(typeof resource)
      ? {resource: `${resource as string | number}`}
      : {after: {query: withoutDocument(given), rows: idsIn(answer)}}),
    origin: caller.origin,
    at: new Date(runtime.clock.now()),
  }
  await recordTogether(database as Database<StampTables>, entry)
  return answer
}

/** A document that was asked about is itself a person's: the audit knows it when it sees it, and does not tell it. */
function withoutDocument(given: Readonly<Record<string, unknown>>): Readonly<Record<string, unknown>> {
  return typeof given.document === 'string' ? {...given, document: maskDocument(given.document)} : given
}

/** Which rows a list showed; of events, whose. */
function idsIn(answer: unknown): (string | number)[] {
  const ids = rowsOf(answer).map((row) => row.id ?? (isRecord(row.data) ? row.data.contact_id : undefined))
  return [...new Set(ids.filter((id) => typeof id === 'string' || typeof id === 'number'))]
}

function rowsOf(answer: unknown): Readonly<Record<string, unknown>>[] {
  const data = isRecord(answer) ? answer.data : undefined
  if (data instanceof JsonRows) return data.ids.map((id) => ({id}))
  return Array.isArray(data) ? (data as unknown[]).filter(isRecord) : []
}

/** What was changed may be work for a server, of this process or of another one. */
async function announced<T>({hints}: Runtime, tenantId: string, run: () => Promise<T>): Promise<T> {
  await hints.announce(tenantId)
  try {
    return await run()
  } finally {
    hints.committed(tenantId)
  }
}

interface StampParts {
  request: Request
  key: RequestKey | undefined
  inControl: boolean
  note: () => Note
}

/** What rides on the change: the used key, the plan's limit, the audit row. */
function stampOf({request, key, inControl, note}: StampParts): Stamp {
  const {runtime, operation, caller, row} = request
  const isHome = inControl === isInControl(operation)
  return async (tx) => {
    if (!isHome) return
    const at = new Date(runtime.clock.now())
    if (key) await claimKey(tx, key, at)
    if (operation.limit && row && !inControl) {
      await refuseBeyondPlan(tx, row, operation.limit)
    }
    if (!isAudited(operation)) return
    const {tenant, ...change} = note()
    await writeAudit(tx, {
      id: runtime.ids.next(),
      ...(inControl ? {tenantId: tenant ?? row?.id ?? null} : {}),
      principal: caller.principal.name,
      action: operation.id,
      origin: caller.origin,
      at,
      ...change,
    })
  }
}
