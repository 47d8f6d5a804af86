import {jobRow} from '../jobs/queue.ts'
import type {Runtime} from '../runtime/runtime.ts'
import type {TenantDb} from '../store/stores.ts'
import {isConflict} from '../store/unavailable.ts'
import {HOOK_DELIVER, hooksDue, jobKeyOf} from './due.ts'

/** A delivery whose process died runs again; the hook's own rows say what is left to do. */
const ATTEMPTS = 10

/** Queues a job for each hook that has something to do now. True when there is one more. */
export async function planHooks({clock, ids}: Pick<Runtime, 'clock' | 'ids'>, db: TenantDb): Promise<boolean> {
  const now = clock.now()
  const due = (await db.read((q) => hooksDue(q, now))).filter(({at}) => at <= now)
  if (due.length === 0) return false
  const rows = due.map(({id}) =>
    jobRow({
      ...{id: ids.next(), kind: HOOK_DELIVER, key: jobKeyOf(id), payload: {hook: id}},
      ...{createdBy: 'hooks', now, maxAttempts: ATTEMPTS},
    }),
  )
  try {
    await db.write((tx) => tx.insert('jobs', rows))
  } catch (error) {
    // Another node was faster; what it did not see is planned at the next look.
    if (!isConflict(error)) throw error
  }
  return true
}
