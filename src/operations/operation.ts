import type {z} from 'zod'
import type {Config} from '../base/config.ts'
import type {Runtime} from '../runtime/runtime.ts'
import type {TenantLimits} from '../store/schema/control.ts'
import type {ControlDb, TenantDb} from '../store/stores.ts'
import type {TenantRow} from '../tenants/tenants.ts'
import type {Access} from './permissions.ts'
import type {Principal} from './principal.ts'

export type Method = 'GET' | 'POST' | 'PUT' | 'DELETE'

/** What an operation gets. `control` and `tenant` carry the audit row and the idempotency key along with the change. */
export interface PlatformContext extends Omit<Runtime, 'close'> {
  principal: Principal
  /** The tenant the caller named, as it was written. Tenant operations get the tenant itself. */
  tenantRef?: string
  /** Address of the caller. */
  origin?: string
  /** The answer becomes text next: a list may have its rows as `JsonRows`. */
  takesText?: boolean
  /** The control database, for the commit that is the change. `stores.control` is the bare one. */
  control: ControlDb
  /** Says what the audit row will tell. Call it before the write it belongs to. */
  note(change: Note): void
}

export interface TenantContext extends PlatformContext {
  /** The tenant's open database. */
  tenant: TenantDb
  tenantRow: TenantRow
}

/** What changed. Never a secret's value. */
export interface Note {
  /** For what concerns a tenant and belongs to control. */
  tenant?: string
  resource?: string
  before?: unknown
  after?: unknown
}

interface Described<I extends z.ZodType, O extends z.ZodType> {
  /** `tenants.create`: resource and verb. */
  id: string
  method: Method
  /** Below `/api/v1`; `{name}` is a field of the input. */
  path: `/${string}`
  permission: Access
  input: I
  /** What is answered. Read by documentation and tests; `run` answers plain JSON of this shape. */
  output: O
  status: 200 | 201 | 202 | 204
  summary: string
  examples?: readonly string[]
  /** Where the change is committed, hence its audit row and idempotency key. Default: the tenant's database. */
  changes?: 'tenant' | 'control'
  /** `false` for what asks much but changes nothing. Default: every method but GET is audited. */
  audit?: boolean
  /**
   * Answers what belongs to a person: who read it, and whose it was, is kept in the audit. `if shown`:
   * only of answers with rows, where somebody asks again and again whether there is something.
   */
  personal?: boolean | 'if shown'
  /** Fields of the answer that change without an edit: not part of the state that its ETag names. */
  moving?: readonly string[]
  /** Largest body in bytes where it is more than usual. */
  bodyLimit?: (config: Config) => number
  /** Over HTTP the answer is the bytes themselves: the output is a `File`. */
  raw?: boolean
  /** The plan limit that one more of these counts towards. */
  limit?: keyof TenantLimits
}

export interface TenantOperation<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> extends Described<
  I,
  O
> {
  scope: 'tenant'
  run(context: TenantContext, input: z.output<I>): Promise<z.output<O>>
}

export interface PlatformOperation<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> extends Described<
  I,
  O
> {
  scope: 'platform'
  run(context: PlatformContext, input: z.output<I>): Promise<z.output<O>>
}

/** Works on files alone: no tenant, no store, in process whatever the context is. */
export interface LocalOperation<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> {
  scope: 'here'
  runs: 'here'
  id: string
  summary: string
  input: I
  output: O
  run(context: Record<string, never>, input: z.output<I>): Promise<z.output<O>>
}

/** What is mounted under `/api/v1`. */
export type ServedOperation<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> =
  TenantOperation<I, O> | PlatformOperation<I, O>

export type Operation<I extends z.ZodType = z.ZodType, O extends z.ZodType = z.ZodType> =
  ServedOperation<I, O> | LocalOperation<I, O>

/** One capability on one tenant's data. */
export const operation = <I extends z.ZodType, O extends z.ZodType>(
  definition: Omit<TenantOperation<I, O>, 'scope'>,
): TenantOperation<I, O> => ({...definition, scope: 'tenant'})

/** One capability across tenants. */
export const platformOperation = <I extends z.ZodType, O extends z.ZodType>(
  definition: Omit<PlatformOperation<I, O>, 'scope'>,
): PlatformOperation<I, O> => ({...definition, scope: 'platform'})

/** One capability on files alone. */
export const localOperation = <I extends z.ZodType, O extends z.ZodType>(
  definition: Omit<LocalOperation<I, O>, 'scope' | 'runs'>,
): LocalOperation<I, O> => ({...definition, scope: 'here', runs: 'here'})

export const isAudited = (operation: ServedOperation): boolean => operation.audit ?? operation.method !== 'GET'
