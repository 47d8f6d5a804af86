import type {Database, Tx} from '../store/database.ts'
import type {ControlSchema} from '../store/schema/control.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import {takeLock} from '../store/tenant-lock.ts'
import {parseInput} from './input.ts'
import type {ServedOperation, TenantContext} from './operation.ts'
import {requireAccess} from './permissions.ts'
import type {Stamp} from './stamp.ts'

/** What an edit rests on: the state that its author saw. */
export interface Precondition {
  /** Reads that state. */
  shown: ServedOperation
  /** What it is read with. */
  input: unknown
  /** Throws `STALE` when it is another one. */
  check: (state: unknown) => void
}

/** The precondition of one call. */
export interface Guard {
  /** Before anything is done, for what an edit does outside the store; what counts is the look in its transaction. */
  first(): Promise<void>
  /** Begins the transaction of the change. */
  begin: Stamp
  /** For a change that came to nothing and so had no transaction. */
  end(): Promise<void>
}

/**
 * Edits of what there is begin with a lock that they share; one with a precondition takes it alone. So between its look at
 * the state and its commit nobody else edits, on any node, whatever they call the thing. SQLite has one writer at a time.
 */
export function guardOf(
  operation: ServedOperation,
  precondition: Precondition | undefined,
  context: TenantContext,
): Guard {
  const isEdit = operation.method !== 'GET' && operation.path.includes('{')
  let looked = false
  const look = async (at: TenantContext): Promise<void> => {
    if (!precondition) return
    const {shown, input, check} = precondition
    check(await shown.run(at, parseInput(shown.input, input)))
  }
  return {
    async first() {
      if (precondition) requireAccess(context.principal, precondition.shown.permission)
      await look(context)
    },
    async begin(tx) {
      if (isEdit) await takeLock(tx, `edit ${nounOf(operation)}`, {shared: !precondition})
      await look(within(context, tx, operation))
      looked = true
    },
    async end() {
      if (!looked) await look(context)
    },
  }
}

const nounOf = ({path}: ServedOperation): string => path.split('/')[1] ?? ''

/** The context whose reads of the changed database are the transaction's own. */
function within(context: TenantContext, tx: Parameters<Stamp>[0], operation: ServedOperation): TenantContext {
  const inTenant = operation.scope === 'tenant' && operation.changes !== 'control'
  if (inTenant) return {...context, tenant: readIn(context.tenant, tx as unknown as Tx<TenantSchema>)}
  const control = readIn(context.stores.control, tx as unknown as Tx<ControlSchema>)
  return {...context, control, stores: {...context.stores, control}}
}

const readIn = <S>({engine, name}: Database<S>, tx: Tx<S>): Database<S> => ({
  engine,
  name,
  read: (run) => run(tx.db),
  write: (run) => run(tx),
  reclaim: () => Promise.resolve(),
  close: () => Promise.resolve(),
})
