import type {Database, Tx} from '../store/database.ts'
import {toJson} from '../store/columns.ts'
import type {ControlSchema} from '../store/schema/control.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'

/** What both kinds of database have: the tables that ride on a change. */
export type StampTables = Pick<TenantSchema, 'idempotency_keys' | 'audit_log'>
export type Stamp = (tx: Tx<StampTables>) => Promise<void>

/**
 * A handle whose first commit also carries `stamp`, and begins with `begin`. One transaction, so there is an audit row and a
 * used key exactly when there is a change.
 */
export function stamped<S extends TenantSchema | ControlSchema>(
  database: Database<S>,
  stamp: Stamp,
  begin?: Stamp,
): Database<S> {
  let done = false
  return {
    engine: database.engine,
    name: database.name,
    read: (run) => database.read(run),
    async write(run) {
      if (done) return database.write(run)
      const result = await database.write(async (tx) => {
        await begin?.(tx as unknown as Tx<StampTables>)
        const answer = await run(tx)
        await stamp(tx as unknown as Tx<StampTables>)
        return answer
      })
      done = true
      return result
    },
    reclaim: () => database.reclaim(),
    close: () => database.close(),
  }
}

export interface AuditEntry {
  id: string
  /** Given for the control database's log, which has a column for it. */
  tenantId?: string | null
  principal: string
  action: string
  resource?: string
  before?: unknown
  after?: unknown
  origin?: string
  at: Date
}

export const writeAudit = (tx: Tx<StampTables>, entry: AuditEntry): Promise<void> => writeAudits(tx, [entry])

/** Entries in one statement. All of them name a tenant, or none does. */
async function writeAudits(tx: Tx<StampTables>, entries: readonly AuditEntry[]): Promise<void> {
  const rows = entries.map((entry) => ({
    id: entry.id,
    ...(entry.tenantId === undefined ? {} : {tenant_id: entry.tenantId}),
    principal: entry.principal,
    action: entry.action,
    resource_id: entry.resource ?? null,
    before: entry.before === undefined ? null : toJson(entry.before),
    after: entry.after === undefined ? null : toJson(entry.after),
    origin: entry.origin ?? null,
    created_at: entry.at,
  }))
  await tx.insert('audit_log', rows)
}

interface Gathering {
  entries: AuditEntry[]
  written: Promise<void>
}

const gathering = new WeakMap<object, Gathering>()

/**
 * Records something that changes nothing else. Whatever is recorded in a database until its transaction begins goes with it:
 * reads come many at a time, and a commit for each would cost more than they do. Resolves when it is on disk.
 */
export function recordTogether(database: Database<StampTables>, entry: AuditEntry): Promise<void> {
  const open = gathering.get(database)
  if (open) {
    open.entries.push(entry)
    return open.written
  }
  const entries = [entry]
  const write = database.write(async (tx) => {
    gathering.delete(database)
    await writeAudits(tx, entries)
  })
  const written = write.finally(() => {
    if (gathering.get(database)?.entries === entries) gathering.delete(database)
  })
  gathering.set(database, {entries, written})
  return written
}
