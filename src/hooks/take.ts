import type {Runtime} from '../runtime/runtime.ts'
import {readEvents} from '../store/event-log.ts'
import type {TenantDb} from '../store/stores.ts'
import {LAZY_EVENTS, roomFor, typesOf} from './due.ts'
import type {HookRow} from './hooks.ts'

const PAGE = 500

type Deps = Pick<Runtime, 'clock' | 'ids'>

/**
 * Makes a delivery of each event that happened and that a hook wants, and moves its cursor, in one commit: none is left
 * out or made twice. True when there may be more.
 */
export async function takeNews({clock, ids}: Deps, db: TenantDb, hook: HookRow): Promise<boolean> {
  const room = await db.read((q) => roomFor(q, hook.id))
  if (room <= 0) return false
  const after = Number(hook.seq)
  const limit = Math.min(PAGE, room)
  const {events, last} = await readEvents(db, {after, limit, types: typesOf(hook.types)})
  if (events.length === 0 && last - after < LAZY_EVENTS) return false
  const now = new Date(clock.now())
  const rows = events.map(({seq, type}) => ({
    ...{id: ids.next(), hook_id: hook.id, seq, type, state: 'pending', attempts: 0},
    ...{due_at: now, created_at: now, updated_at: now},
  }))
  return db.write(async (tx) => {
    const moved = await tx.db
      .updateTable('hooks')
      .set({seq: last})
      .where('id', '=', hook.id)
      .where('seq', '=', after)
      .executeTakeFirst()
    // It was removed, or its types were changed: what it wants now is read anew.
    if (moved.numUpdatedRows === 0n) return true
    await tx.insertNew('hook_deliveries', ['hook_id', 'seq'], rows)
    return true
  })
}
