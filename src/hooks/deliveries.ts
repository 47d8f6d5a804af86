import {sql} from 'kysely'
import {PytakeError} from '../base/errors.ts'
import {inList} from '../store/in-list.ts'
import type {TenantDb} from '../store/stores.ts'
import type {HookRow, HookTx} from './hooks.ts'

/** What of a hook is not delivered. */
export interface Undelivered {
  /** Waits for its next attempt. */
  pending: number
  /** Given up, until somebody replays it. */
  dead: number
}

/** For each of these hooks. */
export async function undeliveredOf(db: TenantDb, ids: readonly string[]): Promise<Map<string, Undelivered>> {
  // The state as it is written in the condition of the index.
  const count = (condition: 'pending' | 'dead') =>
    db.read((q) =>
      q
        .selectFrom('hook_deliveries')
        .select(['hook_id', (e) => e.fn.countAll<number | string>().as('count')])
        .where(inList(db.engine, 'hook_id', ids))
        .where(condition === 'dead' ? sql<boolean>`state = 'dead'` : sql<boolean>`state = 'pending'`)
        .groupBy('hook_id')
        .execute(),
    )
  const [pending, dead] = await Promise.all([count('pending'), count('dead')])
  const of = (rows: typeof dead, id: string) => Number(rows.find((row) => row.hook_id === id)?.count ?? 0)
  return new Map(ids.map((id) => [id, {pending: of(pending, id), dead: of(dead, id)}]))
}

/**
 * Has deliveries tried again from the first attempt on, with the ids they had: those named, delivered ones too, or all
 * dead ones. Throws `NOT_FOUND` when one that is named is not there, `CONFLICT` when it waits already. Returns how many.
 */
export async function replayDeliveries(
  db: TenantDb,
  hook: HookRow,
  {ids, now}: {ids?: readonly string[]; now: number},
): Promise<number> {
  return db.write(async (tx) => {
    if (ids) await refuseOthers(tx, hook, ids)
    const again = {state: 'pending', attempts: 0, due_at: new Date(now), updated_at: new Date(now)}
    const query = tx.db.updateTable('hook_deliveries').set(again).where('hook_id', '=', hook.id)
    const wanted = ids ? query.where(inList(tx.engine, 'id', ids)) : query.where(sql<boolean>`state = 'dead'`)
    const {numUpdatedRows} = await wanted.executeTakeFirst()
    return Number(numUpdatedRows)
  })
}

async function refuseOthers(tx: HookTx, hook: HookRow, ids: readonly string[]): Promise<void> {
  const rows = await tx.db
    .selectFrom('hook_deliveries')
    .select(['id', 'state'])
    .where('hook_id', '=', hook.id)
    .where(inList(tx.engine, 'id', ids))
    .execute()
  const states = new Map(rows.map(({id, state}) => [id, state]))
  for (const id of ids) {
    const state = states.get(id)
    if (state === undefined) {
      const help = `pytake hook deliveries ${hook.name}`
      throw new PytakeError('NOT_FOUND', `Delivery ${id} of ${hook.name} was not found.`, {help})
    }
    if (state === 'pending') throw new PytakeError('CONFLICT', `Delivery ${id} is not over: it will be tried again.`)
  }
}
