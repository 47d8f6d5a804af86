import type {Selectable} from 'kysely'
import {invalid, notFound, PytakeError} from '../base/errors.ts'
import {HttpError} from '../base/http.ts'
import type {Runtime} from '../runtime/runtime.ts'
import {toJson} from '../store/columns.ts'
import type {Row, Tx} from '../store/database.ts'
import {cursorAtStart, logHead} from '../store/event-log.ts'
import type {Hooks} from '../store/schema/hooks.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import type {TenantDb} from '../store/stores.ts'
import {isConflict} from '../store/unavailable.ts'
import {firstWanted} from './due.ts'
import type {Target} from './post.ts'
import {newSecret} from './signature.ts'

export type HookRow = Selectable<Hooks>
export type HookTx = Tx<TenantSchema>

/** What a person may set of a hook. */
export interface HookChange {
  name?: string
  url?: string
  types?: string[]
  ordered?: boolean
  concurrency?: number
}

/** More would make every commit of the tenant dear. */
export const MOST_HOOKS = 50

type Deps = Pick<Runtime, 'stores' | 'clock' | 'random' | 'http'>

interface NewHook extends Required<HookChange> {
  id: string
  /** One of the caller's own; made here when left out. */
  secret?: string
  createdBy: string
}

/** Makes a hook that tells what happens from now on. The secret is in the answer, and in no other. */
export async function addHook(deps: Deps, db: TenantDb, hook: NewHook): Promise<{row: HookRow; secret: string}> {
  await refuseUnreachable(deps, hook.url)
  const secret = hook.secret ?? newSecret(deps.random)
  const now = new Date(deps.clock.now())
  const {id, name, url, types, ordered, concurrency, createdBy} = hook
  const {seq} = await logHead(db)
  const row: Row = {
    ...{id, tenant_id: db.name, name, url, types: toJson(types), ordered, concurrency},
    secret: deps.stores.vault.seal(secret, place(db.name, id, 'secret')),
    ...{state: 'active', seq, created_by: createdBy.slice(0, 255), created_at: now, updated_at: now},
  }
  await named(name, () =>
    db.write(async (tx) => {
      const rows = await tx.db.selectFrom('hooks').select('id').execute()
      if (rows.length >= MOST_HOOKS) throw new PytakeError('CONFLICT', `A tenant has ${MOST_HOOKS} hooks at most.`)
      await tx.insert('hooks', [row])
    }),
  )
  return {row: await findHook(db, id), secret}
}

export async function editHook(deps: Deps, db: TenantDb, row: HookRow, change: HookChange): Promise<HookRow> {
  const {name, url, types, ordered, concurrency} = change
  if (url !== undefined) await refuseUnreachable(deps, url)
  const columns: Partial<Record<string, Row[string]>> = {name, url, ordered, concurrency}
  if (types) {
    columns.types = toJson(types)
    // What happened before is not news of types that were not wanted then.
    columns.seq = await db.read((q) => seenWith(q, row))
  }
  const given = Object.entries(columns).filter((pair): pair is [string, Row[string]] => pair[1] !== undefined)
  const updated = {id: row.id, ...Object.fromEntries(given), updated_at: after(deps, row)}
  await named(name ?? row.name, () => db.write((tx) => tx.update('hooks', ['id'], [updated])))
  return findHook(db, row.id)
}

type Queries = HookTx['db']

/** Up to where a hook has seen what it wants: just before the first event that it has still to tell. */
async function seenWith(q: Queries, row: HookRow): Promise<number> {
  const head = await q.selectFrom('log_head').select('seq').executeTakeFirstOrThrow()
  const first = await firstWanted(q, row, Number(head.seq))
  return first === undefined ? Number(head.seq) : first - 1
}

export type HookState = 'active' | 'paused'

/**
 * Pauses a hook, or lets it go on: then what waits is due at once, and what happened meanwhile is told, as far back as
 * events are kept.
 */
export async function setHookState(
  deps: Pick<Runtime, 'clock'>,
  db: TenantDb,
  row: HookRow,
  state: HookState,
): Promise<HookRow> {
  const now = new Date(deps.clock.now())
  const kept = await cursorAtStart(db)
  await db.write(async (tx) => {
    const seq = Math.max(Number(row.seq), kept.seq)
    const resumed = {reason: null, hold_until_at: null, failing_since_at: null, seq}
    const columns = state === 'active' ? resumed : {}
    await tx.update('hooks', ['id'], [{id: row.id, state, ...columns, updated_at: after(deps, row)}])
    if (state === 'paused') return
    await tx.db
      .updateTable('hook_deliveries')
      .set({due_at: now})
      .where('hook_id', '=', row.id)
      .where('state', '=', 'pending')
      .execute()
  })
  return findHook(db, row.id)
}

/** Gives a hook a new secret. For a while both sign, so that receivers can change over. */
export async function rotateSecret(
  deps: Pick<Runtime, 'stores' | 'clock' | 'random'>,
  db: TenantDb,
  row: HookRow,
  {keepMs, secret = newSecret(deps.random)}: {keepMs: number; secret?: string},
): Promise<{row: HookRow; secret: string}> {
  const {vault} = deps.stores
  const old = vault.open(row.secret, place(db.name, row.id, 'secret'))
  const columns = {
    secret: vault.seal(secret, place(db.name, row.id, 'secret')),
    old_secret: keepMs > 0 ? vault.seal(old, place(db.name, row.id, 'old_secret')) : null,
    old_secret_until_at: keepMs > 0 ? new Date(deps.clock.now() + keepMs) : null,
    updated_at: after(deps, row),
  }
  await db.write((tx) => tx.update('hooks', ['id'], [{id: row.id, ...columns}]))
  return {row: await findHook(db, row.id), secret}
}

/** Takes a hook away; the housekeeping takes its deliveries. */
export const removeHook = (db: TenantDb, id: string): Promise<unknown> =>
  db.write((tx) => tx.db.deleteFrom('hooks').where('id', '=', id).execute())

/** By id or by name. */
export async function findHook(db: TenantDb, ref: string): Promise<HookRow> {
  const rows = await db.read((q) => q.selectFrom('hooks').selectAll().execute())
  const row = rows.find((one) => one.id === ref) ?? rows.find((one) => one.name === ref)
  if (!row) throw notFound(`Hook "${ref}"`, 'pytake hook list')
  return row
}

/** Where a hook tells, with the secrets that sign at this moment. */
export function targetOf({stores, clock}: Pick<Runtime, 'stores' | 'clock'>, row: HookRow): Target {
  const open = (column: SecretColumn, sealed: string) => stores.vault.open(sealed, place(row.tenant_id, row.id, column))
  const isOldGood = row.old_secret !== null && (row.old_secret_until_at?.getTime() ?? 0) > clock.now()
  const secrets = [open('secret', row.secret), ...(isOldGood ? [open('old_secret', row.old_secret ?? '')] : [])]
  return {url: row.url, secrets}
}

type SecretColumn = 'secret' | 'old_secret'
const place = (tenant: string, row: string, column: SecretColumn) => ({tenant, table: 'hooks', column, row})

/** A change is a change for `If-Match` too, however quick it follows. */
const after = ({clock}: Pick<Runtime, 'clock'>, row: HookRow): Date =>
  new Date(Math.max(clock.now(), row.updated_at.getTime() + 1))

/** Told at once where it is certain; a name that does not resolve yet is told by the attempts. */
async function refuseUnreachable({http}: Pick<Runtime, 'http'>, url: string): Promise<void> {
  try {
    await http.check(url, {kind: 'public'})
  } catch (error) {
    if (error instanceof HttpError && error.code !== 'dns') throw invalid('url', error.message)
  }
}

async function named<T>(name: string, run: () => Promise<T>): Promise<T> {
  try {
    return await run()
  } catch (error) {
    if (isConflict(error)) throw new PytakeError('CONFLICT', `A hook named "${name}" is there already.`)
    throw error
  }
}
