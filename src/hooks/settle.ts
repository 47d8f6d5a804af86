import type {Selectable} from 'kysely'
import type {Runtime} from '../runtime/runtime.ts'
import type {Row} from '../store/database.ts'
import type {HookDeliveries} from '../store/schema/hooks.ts'
import type {TenantDb} from '../store/stores.ts'
import {waitAfter} from './backoff.ts'
import type {HookRow, HookTx} from './hooks.ts'
import type {Attempt} from './post.ts'

/** A hook of which nothing was taken for this long is switched off. */
export const MOST_FAILING_MS = 3 * 24 * 3_600_000

export type DeliveryRow = Selectable<HookDeliveries>

export interface Settled {
  delivery: Pick<DeliveryRow, 'id' | 'attempts'>
  /** Undefined when the event is not kept any more, so that nothing could be sent. */
  attempt: Attempt | undefined
}

type Deps = Pick<Runtime, 'clock' | 'random'>

/**
 * Writes what came of some attempts, and what it means for the hook, in one commit. False when somebody paused, changed or
 * removed the hook meanwhile: what is left of its queue was for another one.
 */
export async function settle(deps: Deps, db: TenantDb, hook: HookRow, settled: readonly Settled[]): Promise<boolean> {
  const counted = settled.filter(({attempt}) => attempt?.outcome !== 'aborted')
  if (counted.length === 0) return true
  const now = deps.clock.now()
  const rows = counted.map((one) => rowOf(deps, one))
  const attempts = counted.flatMap(({attempt}) => (attempt ? [attempt] : []))
  return db.write(async (tx) => {
    await tx.update('hook_deliveries', ['id'], rows)
    await judge(tx, hook, attempts, now)
    return isAsBefore(tx, hook)
  })
}

async function isAsBefore(tx: HookTx, {id, updated_at: before}: HookRow): Promise<boolean> {
  const row = await tx.db.selectFrom('hooks').select(['state', 'updated_at']).where('id', '=', id).executeTakeFirst()
  return row?.state === 'active' && row.updated_at.getTime() === before.getTime()
}

function rowOf({clock, random}: Deps, {delivery, attempt}: Settled): Row {
  const now = clock.now()
  const attempts = delivery.attempts + (attempt ? 1 : 0)
  const {status = null, response = null, error = 'The event is not kept any more.'} = attempt ?? {}
  const told = {id: delivery.id, attempts, status, response, error, updated_at: new Date(now)}
  if (attempt?.outcome === 'delivered') return {...told, state: 'delivered', due_at: null}
  // When the hook is resumed it is due, so it does not matter here.
  if (attempt?.outcome === 'gone') return {...told, state: 'pending', due_at: new Date(now)}
  const wait = attempt && waitAfter(attempts, random, attempt.retryAfterMs)
  return wait === undefined
    ? {...told, state: 'dead', due_at: null}
    : {...told, state: 'pending', due_at: new Date(now + wait)}
}

/** One success and the hook is well; nothing else for days, or a plain "gone", and it is switched off. */
async function judge(tx: HookTx, hook: HookRow, attempts: readonly Attempt[], now: number): Promise<void> {
  const gone = attempts.find(({outcome}) => outcome === 'gone')
  if (gone) return disable(tx, hook, {reason: 'gone', message: gone.error ?? '', now})
  const mine = () => tx.db.updateTable('hooks').where('id', '=', hook.id)
  const asked = Math.max(...attempts.map(({retryAfterMs}) => retryAfterMs ?? 0), 0)
  if (asked > 0)
    await mine()
      .set({hold_until_at: new Date(now + asked)})
      .execute()
  if (attempts.some(({outcome}) => outcome === 'delivered')) {
    await mine().set({failing_since_at: null}).where('failing_since_at', 'is not', null).execute()
    return
  }
  if (attempts.length === 0) return
  await mine()
    .set({failing_since_at: new Date(now)})
    .where('failing_since_at', 'is', null)
    .execute()
  const since = hook.failing_since_at?.getTime() ?? now
  if (now - since < MOST_FAILING_MS) return
  const last = attempts.at(-1)?.error ?? ''
  const message = `Nothing was taken since ${new Date(since).toISOString()}. ${last}`
  await disable(tx, hook, {reason: 'failing', message, now})
}

interface Why {
  reason: 'gone' | 'failing'
  message: string
  now: number
}

/** Events carry no address of a receiver: it may hold a token, and whoever follows the log sees them. */
async function disable(tx: HookTx, hook: HookRow, {reason, message, now}: Why): Promise<void> {
  const {numUpdatedRows} = await tx.db
    .updateTable('hooks')
    .set({state: 'disabled', reason: message, updated_at: new Date(now)})
    .where('id', '=', hook.id)
    .where('state', '=', 'active')
    .executeTakeFirst()
  if (numUpdatedRows === 0n) return
  tx.emit({type: 'hook_disabled', at: now, data: {hook_id: hook.id, hook: hook.name, reason, message}})
}
