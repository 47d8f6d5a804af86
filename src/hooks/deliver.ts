import {sql} from 'kysely'
import {eventData} from '../base/events.ts'
import type {JobHandler} from '../jobs/job.ts'
import {disarmedReason} from '../runtime/installation.ts'
import type {Runtime} from '../runtime/runtime.ts'
import {inList} from '../store/in-list.ts'
import type {TenantDb} from '../store/stores.ts'
import {isRunning} from '../tenants/tenant-cache.ts'
import {tenantById} from '../tenants/tenants.ts'
import {type HookRow, targetOf} from './hooks.ts'
import {type Notice, post, type Target} from './post.ts'
import {type DeliveryRow, settle, type Settled} from './settle.ts'
import {takeNews} from './take.ts'

/** One hook works for this long at a stretch; then those of other tenants may. */
const SLICE_MS = 10_000
const BATCH = 200

type Deps = Pick<Runtime, 'stores' | 'clock' | 'ids' | 'random' | 'http'>

/**
 * Tells one hook's receiver what happened, until nothing is due. At least once: what was sent when the process died is
 * sent again, with the same id.
 */
export function hookDeliverHandler(deps: Deps): JobHandler {
  return {
    async run({db, job, signal}) {
      const {hook: id} = job.payload as {hook: string}
      const until = deps.clock.monotonic() + SLICE_MS
      const mayGoOn = () => !signal.aborted && deps.clock.monotonic() < until
      const work = async () => {
        const hook = await activeHook(db, id)
        if (!hook) return false
        const hasTaken = await takeNews(deps, db, hook)
        const hasSent = await sendDue(deps, db, hook, {signal, mayGoOn})
        return hasTaken || hasSent
      }
      if (await maySend(deps, db)) while (mayGoOn() && (await work())) await new Promise(setImmediate)
      // What was delivered is told elsewhere: a row for each burst of events would only fill this table.
      return {
        done: null,
        commit: async (tx) => void (await tx.db.deleteFrom('jobs').where('id', '=', job.id).execute()),
      }
    },
  }
}

/** Not for a tenant that is suspended, and not from a copy of the database. */
async function maySend({stores}: Pick<Runtime, 'stores'>, db: TenantDb): Promise<boolean> {
  const tenant = await tenantById(stores.control, db.name)
  return tenant !== undefined && isRunning(tenant) && (await disarmedReason(stores)) === undefined
}

const activeHook = (db: TenantDb, id: string): Promise<HookRow | undefined> =>
  db.read((q) =>
    q.selectFrom('hooks').selectAll().where('id', '=', id).where('state', '=', 'active').executeTakeFirst(),
  )

interface Bounds {
  signal: AbortSignal
  mayGoOn: () => boolean
}

/** True when something was sent. */
async function sendDue(deps: Deps, db: TenantDb, hook: HookRow, {signal, mayGoOn}: Bounds): Promise<boolean> {
  if ((hook.hold_until_at?.getTime() ?? 0) > deps.clock.now()) return false
  const queue = await dueDeliveries(db, hook, deps.clock.now())
  if (queue.length === 0) return false
  const notices = await noticesOf(db, queue)
  const target = targetOf(deps, hook)
  let isHeld = false
  const book = settling(deps, db, hook, () => (isHeld = true))
  const send = async () => {
    for (let next = queue.shift(); next && !isHeld && mayGoOn(); next = queue.shift()) {
      const attempt = await attemptOf(deps, target, notices.get(Number(next.seq)), signal)
      // After a failure nothing may overtake it; after a plea nothing should go at all.
      const isBad = attempt !== undefined && attempt.outcome !== 'delivered'
      isHeld ||= isBad && (hook.ordered || attempt.outcome === 'gone' || attempt.retryAfterMs !== undefined)
      const written = book.add({delivery: next, attempt})
      if (hook.ordered) await written
    }
  }
  await Promise.all(Array.from({length: hook.ordered ? 1 : hook.concurrency}, send))
  await book.written()
  return true
}

const attemptOf = async (deps: Deps, target: Target, notice: Notice | undefined, signal: AbortSignal) =>
  notice && (await post(deps, target, notice, signal))

/** What is due now. With an order: from the first that waits, up to the first that is not due. */
async function dueDeliveries(db: TenantDb, hook: HookRow, now: number): Promise<DeliveryRow[]> {
  const rows = await db.read((q) => {
    const waiting = q
      .selectFrom('hook_deliveries')
      .selectAll()
      .where('hook_id', '=', hook.id)
      .where(sql<boolean>`state = 'pending'`)
      .limit(BATCH)
    return (
      hook.ordered
        ? waiting.orderBy('seq')
        : waiting.where('due_at', '<=', new Date(now)).orderBy('due_at').orderBy('seq')
    ).execute()
  })
  const late = rows.findIndex(({due_at: at}) => (at?.getTime() ?? 0) > now)
  return late === -1 ? rows : rows.slice(0, late)
}

/** What is told of each event, by its number. The id is one of a kind: the log's, which a restored database has anew. */
async function noticesOf(db: TenantDb, deliveries: readonly DeliveryRow[]): Promise<Map<number, Notice>> {
  const seqs = deliveries.map(({seq}) => Number(seq))
  return db.read(async (q) => {
    const {log_id: log} = await q.selectFrom('log_head').select('log_id').executeTakeFirstOrThrow()
    const events = await q
      .selectFrom('events')
      .selectAll()
      .where(inList(db.engine, 'seq', seqs))
      .execute()
    return new Map(
      events.map(({seq, type, data, created_at: at}) => {
        const time = at.toISOString()
        const id = `evt_${log}_${seq}`
        return [Number(seq), {id, type, at: time, tenantId: db.name, data: eventData(type, data, time)}]
      }),
    )
  })
}

/** Writes results as they come, as many at once as there are while the commit before is on its way. */
function settling(deps: Deps, db: TenantDb, hook: HookRow, stop: () => void) {
  let waiting: Settled[] = []
  let last = Promise.resolve()
  const write = async () => {
    const some = waiting
    waiting = []
    if (!(await settle(deps, db, hook, some))) stop()
  }
  return {
    add(one: Settled): Promise<void> {
      waiting.push(one)
      last = last.then(write)
      // Whoever asks for all of them hears of what went wrong.
      last.catch(() => undefined)
      return last
    },
    written: () => last,
  }
}
