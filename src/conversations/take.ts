import {type Kysely, sql} from 'kysely'
import {TURNS_LOCK} from '../deploy/redirects.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import {tryLock} from '../store/tenant-lock.ts'
import {boundLimit} from '../store/bound-limit.ts'
import {inList} from '../store/in-list.ts'
import {prepared} from '../store/prepared.ts'
import {together} from '../store/together.ts'
import type {InboxItem, Verdict} from './inbox-row.ts'
import type {TenantTx} from './load.ts'

const ERROR_LENGTH = 2000

/** One node at a time runs the turns of a tenant: that keeps the order of every conversation without locking row by row. */
export const lockTurns = (tx: TenantTx): Promise<boolean> => tryLock(tx, TURNS_LOCK)

const pending = prepared((db: Kysely<TenantSchema>, {limit}: {limit: number}) =>
  db
    .selectFrom('inbox')
    .select(['id', 'config_id', 'body', 'attempts', 'received_at'])
    .where(sql<boolean>`state = 'pending'`)
    .orderBy('id')
    .limit(boundLimit(limit))
    .compile(),
)

/** What is to be handled, in the order in which it came. */
export async function pendingItems(tx: TenantTx, limit: number): Promise<InboxItem[]> {
  const {rows} = await pending(tx, {limit})
  return rows.map((row) => ({
    id: row.id,
    configId: row.config_id,
    receivedAt: row.received_at.getTime(),
    attempts: row.attempts,
    body: JSON.parse(row.body) as InboxItem['body'],
  }))
}

interface Judged {
  item: InboxItem
  verdict: Verdict
}

/** Writes what became of the rows: one statement for all that ended the same way, and one row for each failure. */
export async function markItems(tx: TenantTx, judged: readonly Judged[]): Promise<void> {
  const marking = ['done', 'ignored', 'stale'].flatMap((state) => {
    const ids = judged.flatMap(({item, verdict}) => (verdict.state === state ? [item.id] : []))
    return ids.length > 0 ? [markAs(tx, {ids, state})] : []
  })
  const failed = judged.flatMap(({item: {id, attempts}, verdict}) =>
    verdict.state === 'failed'
      ? [{id, state: 'failed', attempts: attempts + 1, error: verdict.error.slice(0, ERROR_LENGTH)}]
      : [],
  )
  await together(...marking, tx.update('inbox', ['id'], failed))
}

const markAs = prepared((db: Kysely<TenantSchema>, {ids, state}: {ids: number[]; state: string}, engine) =>
  db
    .updateTable('inbox')
    .set((e) => ({state, attempts: e('attempts', '+', 1), error: null}))
    .where(inList(engine, 'id', ids))
    .compile(),
)

/** When a turn is to run: at once for what waits in the inbox, else when the next wait is over; null when never. */
export async function turnsDue(q: Kysely<TenantSchema>, now: number): Promise<number | null> {
  const waiting = await q
    .selectFrom('inbox')
    .select('id')
    .where(sql<boolean>`state = 'pending'`)
    .limit(1)
    .executeTakeFirst()
  if (waiting) return now
  const row = await q
    .selectFrom('flow_sessions')
    .select((e) => e.fn.min('due_at').as('due_at'))
    .where('due_at', 'is not', null)
    .executeTakeFirst()
  return row?.due_at?.getTime() ?? null
}
