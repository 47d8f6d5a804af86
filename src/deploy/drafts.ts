import type {Selectable} from 'kysely'
import {PytakeError} from '../base/errors.ts'
import type {Problem} from '../flow/definition.ts'
import type {FlowDefinition} from '../flow/shape.ts'
import {triggerColumns} from '../flow/trigger.ts'
import {toJson} from '../store/columns.ts'
import type {Row, Tx} from '../store/database.ts'
import {inList} from '../store/in-list.ts'
import type {FlowDrafts} from '../store/schema/flows.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import type {TenantDb} from '../store/stores.ts'
import {isConflict} from '../store/unavailable.ts'
import type {FlowRow} from './releases.ts'

type TenantTx = Tx<TenantSchema>

export type DraftRow = Selectable<FlowDrafts>

/** Version of a flow that was never published. */
export const UNPUBLISHED = 0

export const draftOf = (db: TenantDb, flowId: string): Promise<DraftRow | undefined> =>
  db.read((q) => q.selectFrom('flow_drafts').selectAll().where('flow_id', '=', flowId).executeTakeFirst())

/** Which of these flows have a draft that waits. */
export async function withDraft(db: TenantDb, flowIds: readonly string[]): Promise<Set<string>> {
  if (flowIds.length === 0) return new Set()
  const rows = await db.read((q) =>
    q
      .selectFrom('flow_drafts')
      .select('flow_id')
      .where(inList(db.engine, 'flow_id', flowIds))
      .execute(),
  )
  return new Set(rows.map((row) => row.flow_id))
}

export interface Draft {
  flow: FlowDefinition
  source: string
  warnings: readonly Problem[]
  author: string
  now: number
}

/** Makes a flow that has only a draft: it answers nobody until it is published. */
export async function startDraft(
  db: TenantDb,
  {id, createdBy}: {id: string; createdBy: string | null},
  draft: Draft,
): Promise<void> {
  const at = new Date(draft.now)
  const row = {id, tenant_id: db.name, ...columnsOf(draft), created_by: createdBy, created_at: at}
  try {
    await db.write(async (tx) => {
      await tx.insert('flows', [{...row, is_active: false, version: UNPUBLISHED, release: ''}])
      await tx.insert('flow_drafts', [draftRow(id, draft, {revision: 1, base: UNPUBLISHED, since: at})])
    })
  } catch (error) {
    throw isConflict(error) ? new PytakeError('CONFLICT', `There is a flow "${draft.flow.flow}" already.`) : error
  }
}

/** Saves a draft over the one there is. What is live stays as it is. */
export async function saveDraft(db: TenantDb, flowId: string, draft: Draft): Promise<void> {
  await db.write(async (tx) => {
    const flow = await lockedFlow(tx, flowId)
    if (!flow) throw new PytakeError('NOT_FOUND', 'The flow is gone.')
    const was = await tx.db.selectFrom('flow_drafts').selectAll().where('flow_id', '=', flowId).executeTakeFirst()
    const since = was?.created_at ?? new Date(draft.now)
    const row = draftRow(flowId, draft, {revision: (was?.revision ?? 0) + 1, base: flow.version, since})
    if (was) await tx.update('flow_drafts', ['flow_id'], [row])
    else await tx.insert('flow_drafts', [row])
    if (flow.version === UNPUBLISHED) await tx.update('flows', ['id'], [{id: flowId, ...columnsOf(draft)}])
  })
}

/** Of two that save at once the second sees the first. */
function lockedFlow(tx: TenantTx, flowId: string): Promise<FlowRow | undefined> {
  const query = tx.db.selectFrom('flows').selectAll().where('id', '=', flowId)
  return (tx.engine === 'postgres' ? query.forUpdate() : query).executeTakeFirst()
}

const columnsOf = ({flow, now}: Draft): Row => ({
  flow_key: flow.flow,
  name: flow.name,
  description: flow.description ?? null,
  ...triggerColumns(flow.trigger),
  nodes: toJson(flow.nodes),
  edges: toJson(flow.edges),
  updated_at: new Date(now),
})

const draftRow = (
  flowId: string,
  {flow, source, warnings, author, now}: Draft,
  {revision, base, since}: {revision: number; base: number; since: Date},
): Row => ({
  flow_id: flowId,
  revision,
  base_version: base,
  definition: toJson(flow),
  source,
  warnings: toJson(warnings),
  author: author.slice(0, 255),
  created_at: since,
  updated_at: new Date(now),
})

/** A draft as it was read, to be published as it was read. */
export type SeenDraft = Pick<DraftRow, 'flow_id' | 'revision' | 'base_version'>

/**
 * Takes a draft away in the transaction that publishes it. Throws `STALE` when it was saved again since it was read, or when
 * somebody published another release since it was saved.
 */
export async function takeDraft(tx: TenantTx, {flow_id: id, revision, base_version: base}: SeenDraft): Promise<void> {
  const flow = await lockedFlow(tx, id)
  if (flow && flow.version !== base) {
    const was = base === UNPUBLISHED ? 'before the flow was published' : `on r${base}`
    throw new PytakeError('STALE', `The draft was made ${was}, and r${flow.version} is live now.`, {
      help: 'Look at what changed, and save the draft again to publish it over that.',
    })
  }
  const taken = await tx.db
    .deleteFrom('flow_drafts')
    .where('flow_id', '=', id)
    .where('revision', '=', revision)
    .returning('flow_id')
    .executeTakeFirst()
  if (!taken) throw new PytakeError('STALE', 'The draft was saved or published by somebody else in this moment.')
}

/** Throws a draft away; with a flow that was never published, the flow too. False when there was none. */
export async function discardDraft(db: TenantDb, flowId: string): Promise<boolean> {
  return db.write(async (tx) => {
    const flow = await lockedFlow(tx, flowId)
    const gone = await tx.db
      .deleteFrom('flow_drafts')
      .where('flow_id', '=', flowId)
      .returning('flow_id')
      .executeTakeFirst()
    if (flow?.version === UNPUBLISHED) await tx.db.deleteFrom('flows').where('id', '=', flowId).execute()
    return gone !== undefined
  })
}
