import {type Kysely, type Selectable, sql} from 'kysely'
import type {Hooks} from '../store/schema/hooks.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'

/** Name of the job that tells one hook's receiver what happened. */
export const HOOK_DELIVER = 'hook.deliver'

/** At most one job per hook is unfinished: that keeps its order, whichever process runs it. */
export const jobKeyOf = (hookId: string): string => `${HOOK_DELIVER} ${hookId}`

/** What is not delivered yet stays in the event log beyond this. */
export const MOST_WAITING = 5000
/** A cursor that stands before this many events nobody wants is moved on, so that they are not looked at again and again. */
export const LAZY_EVENTS = 1000

type Queries = Kysely<TenantSchema>
type Hook = Pick<Selectable<Hooks>, 'id' | 'types' | 'ordered' | 'seq' | 'hold_until_at'>

export interface DueHook {
  id: string
  /** Milliseconds. */
  at: number
}

/** Hooks that have something to do and no job that does it, with the time of it. One statement where there are no hooks. */
export async function hooksDue(q: Queries, now: number): Promise<DueHook[]> {
  const hooks = await q
    .selectFrom('hooks')
    .leftJoin('jobs', (join) =>
      join
        .on(sql<boolean>`jobs.job_key = ${`${HOOK_DELIVER} `} || CAST(hooks.id AS TEXT)`)
        .on('jobs.state', 'in', ['pending', 'running']),
    )
    .select(['hooks.id', 'hooks.types', 'hooks.ordered', 'hooks.seq', 'hooks.hold_until_at'])
    .where('hooks.state', '=', 'active')
    .where('jobs.id', 'is', null)
    .execute()
  if (hooks.length === 0) return []
  const head = await q.selectFrom('log_head').select('seq').executeTakeFirstOrThrow()
  const due: DueHook[] = []
  for (const hook of hooks) {
    const at = await dueAt(q, hook, {head: Number(head.seq), now})
    if (at !== undefined) due.push({id: hook.id, at})
  }
  return due
}

async function dueAt(q: Queries, hook: Hook, {head, now}: {head: number; now: number}): Promise<number | undefined> {
  const waiting = await nextWaiting(q, hook)
  const hasNews = await hasSomethingToTake(q, hook, head)
  const times = [...(waiting ? [waiting.getTime()] : []), ...(hasNews ? [now] : [])]
  return times.length === 0 ? undefined : Math.max(Math.min(...times), hook.hold_until_at?.getTime() ?? 0)
}

/** When the next attempt is due. With an order, that of the first one holds for all. */
async function nextWaiting(q: Queries, {id, ordered}: Hook): Promise<Date | null> {
  const row = await q
    .selectFrom('hook_deliveries')
    .select('due_at')
    .where('hook_id', '=', id)
    .where(sql<boolean>`state = 'pending'`)
    .orderBy(ordered ? 'seq' : 'due_at')
    .limit(1)
    .executeTakeFirst()
  return row?.due_at ?? null
}

async function hasSomethingToTake(q: Queries, hook: Hook, head: number): Promise<boolean> {
  if (head <= Number(hook.seq)) return false
  if ((await firstWanted(q, hook, head)) === undefined && head - Number(hook.seq) < LAZY_EVENTS) return false
  return (await roomFor(q, hook.id)) > 0
}

/** How many more may wait for this hook. */
export async function roomFor(q: Queries, hookId: string): Promise<number> {
  const waiting = q
    .selectFrom('hook_deliveries')
    .select('seq')
    .where('hook_id', '=', hookId)
    .where(sql<boolean>`state = 'pending'`)
    .limit(MOST_WAITING)
  const row = await q
    .selectFrom(waiting.as('waiting'))
    .select((e) => e.fn.countAll<number | string>().as('count'))
    .executeTakeFirstOrThrow()
  return MOST_WAITING - Number(row.count)
}

/** Number of the first event that a hook has still to tell, up to `head`. */
export async function firstWanted(
  q: Queries,
  {seq, types}: Pick<Hook, 'seq' | 'types'>,
  head: number,
): Promise<number | undefined> {
  const query = q
    .selectFrom('events')
    .select('seq')
    .where('seq', '>', Number(seq))
    .where('seq', '<=', head)
    .orderBy('seq')
    .limit(1)
  const wanted = typesOf(types)
  const row = await (wanted ? query.where('type', 'in', wanted) : query).executeTakeFirst()
  return row === undefined ? undefined : Number(row.seq)
}

/** Undefined: all of them. */
export const typesOf = (types: readonly string[]): string[] | undefined =>
  types.includes('*') ? undefined : [...types]
