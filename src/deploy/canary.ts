import {createHash} from 'node:crypto'
import type {Selectable} from 'kysely'
import type {Ids} from '../base/ids.ts'
import {notFound, PytakeError} from '../base/errors.ts'
import {canaryFails, DEFAULT_CANARY_SESSIONS} from '../flow/canary-rule.ts'
import type {FlowDefinition, LiveChoice} from '../flow/shape.ts'
import type {Tx} from '../store/database.ts'
import type {FlowCanaries, Flows} from '../store/schema/flows.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import {inList} from '../store/in-list.ts'
import type {TenantDb} from '../store/stores.ts'
import {takeLock} from '../store/tenant-lock.ts'
import {livingSessions} from './people.ts'
import {queueRedirects, TURNS_LOCK} from './redirects.ts'

type TenantTx = Tx<TenantSchema>
type FlowName = Pick<Flows, 'id' | 'flow_key'>
export type CanaryRow = Selectable<FlowCanaries>

const WHOLE = 2 ** 32

/** Does this person get the canary? Always the same answer for one person and release, whoever asks. */
export function takesCanary(contactId: string, release: string, share: number): boolean {
  const digest = createHash('sha256').update(`${contactId} ${release}`).digest()
  return digest.readUInt32BE(0) < share * WHOLE
}

interface Start {
  flowId: string
  flow: FlowDefinition
  version: number
  release: string
  share: number
  by: string
  now: number
}

/** Begins to give a share of new sessions a release; what was tried before it is over. */
export async function startCanary(tx: TenantTx, start: Start): Promise<void> {
  const {flowId, flow, version, release, share, by, now} = start
  await tx.db.deleteFrom('flow_canaries').where('flow_id', '=', flowId).execute()
  await tx.insert('flow_canaries', [
    {
      ...{flow_id: flowId, version, release, share, state: 'running'},
      abort_when: flow.canary?.abort_when ?? null,
      min_sessions: flow.canary?.min_sessions ?? DEFAULT_CANARY_SESSIONS,
      ...{sessions: 0, ended: 0, failed: 0, started_by: by.slice(0, 255), started_at: new Date(now)},
    },
  ])
  tell(tx, {flow: flow.flow, version, release, share, state: 'running', reason: null}, now)
}

/** A release took the place of what was tried: it was that very one, or another. */
export async function endCanary(
  tx: TenantTx,
  {flowId, flow, now}: {flowId: string; flow: string; now: number},
  promoted: {version: number} | undefined,
): Promise<void> {
  const row = await runningCanary(tx, flowId)
  if (!row) return
  const isIt = promoted?.version === row.version
  const reason = promoted ? `r${promoted.version} was published` : 'the flow was removed'
  await finish(tx, {row, flow, state: isIt ? 'promoted' : 'aborted', reason: isIt ? null : reason, now})
}

async function runningCanary(tx: TenantTx, flowId: string): Promise<CanaryRow | undefined> {
  const query = tx.db
    .selectFrom('flow_canaries')
    .selectAll()
    .where('flow_id', '=', flowId)
    .where('state', '=', 'running')
  return (tx.engine === 'postgres' ? query.forUpdate() : query).executeTakeFirst()
}

interface Finish {
  row: CanaryRow
  flow: string
  state: 'promoted' | 'aborted'
  reason: string | null
  now: number
}

async function finish(tx: TenantTx, {row, flow, state, reason, now}: Finish): Promise<void> {
  const {flow_id: id, version, release, share} = row
  await tx.update('flow_canaries', ['flow_id'], [{flow_id: id, state, reason, ended_at: new Date(now)}])
  tell(tx, {flow, version, release, share, state, reason}, now)
}

function tell(tx: TenantTx, data: Record<string, unknown>, at: number): void {
  tx.emit({type: 'canary_changed', at, data})
}

/** What a batch of turns did with a release that is tried. */
export interface CanaryCounts {
  flowId: string
  flow: string
  sessions: number
  ended: number
  failed: number
}

/** Counts, and takes the canary back when its own rule says so. Part of the commit of the turns that it counts. */
export async function countCanary(tx: TenantTx, counts: CanaryCounts, now: number): Promise<void> {
  const row = await runningCanary(tx, counts.flowId)
  if (!row) return
  const [sessions, ended, failed] = [
    row.sessions + counts.sessions,
    row.ended + counts.ended,
    row.failed + counts.failed,
  ]
  await tx.update('flow_canaries', ['flow_id'], [{flow_id: row.flow_id, sessions, ended, failed}])
  if (row.abort_when === null || ended < row.min_sessions) return
  if (!canaryFails(row.abort_when, {sessions, ended, failed}, now)) return
  const reason = `${row.abort_when}: ${failed} of ${ended} sessions failed`
  await finish(tx, {row, flow: counts.flow, state: 'aborted', reason, now})
}

/** The last canary of a flow, running or over. Throws `NOT_FOUND`. */
export async function canaryOf(db: TenantDb, flow: FlowName): Promise<CanaryRow> {
  const row = await db.read((q) =>
    q.selectFrom('flow_canaries').selectAll().where('flow_id', '=', flow.id).executeTakeFirst(),
  )
  if (row) return row
  throw notFound(`A canary of flow "${flow.flow_key}"`, 'pytake flow apply FILE --canary 5%')
}

/** Canaries that run now, by the id of their flow. */
export async function runningCanaries(
  db: TenantDb,
  flowIds: readonly string[],
): Promise<Map<string, {version: number; share: number}>> {
  if (flowIds.length === 0) return new Map()
  const rows = await db.read((q) =>
    q
      .selectFrom('flow_canaries')
      .select(['flow_id', 'version', 'share'])
      .where('state', '=', 'running')
      .where(inList(db.engine, 'flow_id', flowIds))
      .execute(),
  )
  return new Map(rows.map(({flow_id: id, version, share}) => [id, {version, share}]))
}

/** Takes a canary back. People who are inside it finish it, unless they are told to go elsewhere in the live release. */
export async function abortCanary(
  db: TenantDb,
  flow: FlowName,
  {choice = 'finish', reason, now, ids}: {choice?: LiveChoice; reason: string; now: number; ids: Ids},
): Promise<number> {
  return db.write(async (tx) => {
    await takeLock(tx, TURNS_LOCK)
    const row = await runningCanary(tx, flow.id)
    if (!row) throw new PytakeError('CONFLICT', `No canary of ${flow.flow_key} is running.`)
    await finish(tx, {row, flow: flow.flow_key, state: 'aborted', reason, now})
    if (choice === 'finish') return 0
    const inside = (await livingSessions(tx.db)).filter(
      ({flowId, version}) => flowId === flow.id && version === row.version,
    )
    const redirect = {flow: flow.flow_key, policy: {default: choice}, by: 'deploy'} as const
    await queueRedirects(tx, inside, redirect, {key: ids.next(), now})
    return inside.length
  })
}
