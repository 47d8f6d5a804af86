import {sql} from 'kysely'
import type {Clock} from '../base/clock.ts'
import {messageOf} from '../base/errors.ts'
import type {Logger} from '../observability/logger.ts'
import type {ControlDb} from '../store/stores.ts'

/** A hint of a moment ago still stands: whoever reads it keeps looking for longer than this. */
const STANDS_MS = 2000
/**
 * Whoever reads a hint looks at its tenant for this long before taking it away: the hint is older than the commit it
 * speaks of, which may have waited 5 s for a lock, and than others that relied on it.
 */
export const HINT_GRACE_MS = 8000

/** When a tenant has something to do, at the earliest. */
export interface DueAt {
  tenantId: string
  /** Milliseconds. */
  at: number
}

export interface Hint extends DueAt {
  /** Tells whether somebody hinted again since it was read. */
  marks: number
}

/** A server of this process that looks after tenants. */
export interface HintedServer {
  wake(tenantId: string): void
  /** It does everything that tenants need, so nobody else has to be told. */
  all: boolean
}

/** Tells whoever does the work that a tenant has some: the server of this process, and those of others by a row in control. */
export interface Hints {
  /**
   * Call it BEFORE the commit in the tenant's database, so that a crash in between loses no work. Many calls
   * cost one write. A hint that cannot be written is a delay: the sweep of all tenants finds the work.
   */
  announce(tenantId: string): Promise<void>
  /** Call it after that commit: a server in this process need not wait for its next look. */
  committed(tenantId: string): void
  /** From now on a server in this process is woken; the returned function ends that. */
  attach(server: HintedServer): () => void
}

interface Deps {
  control: ControlDb
  clock: Clock
  log: Logger
}

export function createHints({control, clock, log}: Deps): Hints {
  const told = new Map<string, {at: number; written: Promise<void>}>()
  let server: HintedServer | undefined
  let gathering: {ids: Set<string>; written: Promise<void>} | undefined

  const write = async (ids: ReadonlySet<string>) => {
    // Whatever else is announced in this turn of the loop goes with it.
    await new Promise(setImmediate)
    gathering = undefined
    const at = clock.now()
    try {
      await writeHints(
        control,
        [...ids].map((tenantId) => ({tenantId, at})),
      )
    } catch (error) {
      for (const id of ids) told.delete(id)
      log.warn({error: messageOf(error)}, 'other processes could not be told of work')
    }
  }
  return {
    async announce(tenantId) {
      if (server?.all) return
      const last = told.get(tenantId)
      if (last && clock.monotonic() - last.at < STANDS_MS) return last.written
      if (!gathering) {
        const ids = new Set<string>()
        gathering = {ids, written: write(ids)}
      }
      if (told.size > 10_000) told.clear()
      told.set(tenantId, {at: clock.monotonic(), written: gathering.written})
      gathering.ids.add(tenantId)
      await gathering.written
    },
    committed: (tenantId) => server?.wake(tenantId),
    attach(one) {
      server = one
      return () => {
        if (server === one) server = undefined
      }
    },
  }
}

/** Writes hints in one commit; an earlier one stands. */
export async function writeHints(control: ControlDb, hints: readonly DueAt[]): Promise<void> {
  if (hints.length === 0) return
  // Two processes that write the same rows in another order would wait for one another.
  const sorted = [...hints].sort((a, b) => (a.tenantId < b.tenantId ? -1 : 1))
  await control.write((tx) =>
    tx.db
      .insertInto('due_hints')
      .values(sorted.map(({tenantId, at}) => ({tenant_id: tenantId, at, marks: 1})))
      .onConflict((on) =>
        on.column('tenant_id').doUpdateSet({
          at: sql<number>`CASE WHEN excluded.at < due_hints.at THEN excluded.at ELSE due_hints.at END`,
          marks: sql<number>`due_hints.marks + 1`,
        }),
      )
      .execute(),
  )
}

/** Hints whose time has come; all of them when no time is given. */
export async function readHints(control: ControlDb, until?: number): Promise<Hint[]> {
  const rows = await control.read((q) => {
    const query = q.selectFrom('due_hints').selectAll()
    return (until === undefined ? query : query.where('at', '<=', until)).execute()
  })
  return rows.map((row) => ({tenantId: row.tenant_id, at: Number(row.at), marks: Number(row.marks)}))
}

/** Moves hints to the next time, or takes them away, in one commit; one that somebody wrote again meanwhile stays. */
export async function moveHints(
  control: ControlDb,
  moves: readonly (Pick<Hint, 'tenantId' | 'marks'> & {next: number | null})[],
): Promise<void> {
  if (moves.length === 0) return
  const sorted = [...moves].sort((a, b) => (a.tenantId < b.tenantId ? -1 : 1))
  await control.write(async (tx) => {
    for (const {tenantId, marks, next} of sorted) {
      await (
        next === null
          ? tx.db.deleteFrom('due_hints').where('tenant_id', '=', tenantId).where('marks', '=', marks)
          : tx.db.updateTable('due_hints').set({at: next}).where('tenant_id', '=', tenantId).where('marks', '=', marks)
      ).execute()
    }
  })
}
