import type {ExpressionBuilder} from 'kysely'
import {z} from 'zod'
import {PytakeError} from '../base/errors.ts'
import {runningCanaries} from '../deploy/canary.ts'
import {discardDraft, draftOf, type DraftRow, UNPUBLISHED, withDraft} from '../deploy/drafts.ts'
import {releaseRow} from '../deploy/history.ts'
import {findFlow, releaseOf, removeFlow} from '../deploy/releases.ts'
import {inList} from '../store/in-list.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import {byId, iso, MOST_INTEGER, timeOut} from './fields.ts'
import {FlowProblem} from './flow-files.ts'
import {historiesOf, HistoryRow, presentRelease, Release} from './flow-releases.ts'
import {Flow, presentFlow} from './flow-row.ts'
import {flag, listInput, listOutput, onlyIds} from './list.ts'
import {readPage} from './page.ts'
import {operation} from './operation.ts'

/** What waits to be published. */
const Draft = z.object({
  definition: z.unknown(),
  source: z.string(),
  /** What a linter would say; errors are refused when it is saved. */
  warnings: z.array(FlowProblem),
  /** How often it was saved. */
  revision: z.number(),
  /** Release that was live when it was saved; 0 when there was none. */
  base_version: z.number(),
  author: z.string(),
  created_at: timeOut,
  updated_at: timeOut,
})

/** A release that a share of new sessions takes, while it is tried. */
const Tried = z.object({version: z.number(), share: z.number()}).nullable()

export const FlowDetails = Flow.extend({
  canary: Tried,
  /** The release that is shown; the live one unless told. Null for a flow that was never published. */
  shown: Release.nullable(),
  /** Of that release; null when there is none. */
  definition: z.unknown(),
  /** The file it was made of; null for what came from no file. */
  source: z.string().nullable(),
  draft: Draft.nullable(),
})
export type FlowDetails = z.output<typeof FlowDetails>

/** With `expand`: the newest releases, and who is inside. */
const ListedFlow = Flow.extend({canary: Tried, releases: z.array(HistoryRow).optional()})
export type ListedFlow = z.output<typeof ListedFlow>

export const listFlowsOperation = operation({
  id: 'flows.list',
  method: 'GET',
  path: '/flows',
  permission: 'flows:read',
  summary: 'List flows. Removed ones are kept with is_active false; those that were never published have version 0.',
  input: listInput({
    sort: ['created_at', 'updated_at', 'name', 'flow_key'],
    filters: {
      ids: onlyIds,
      is_active: flag.optional(),
      trigger_type: z.enum(['keyword', 'message_received', 'schedule', 'none']).optional(),
      /** `false` leaves out those that were taken off the air. */
      removed: flag.optional(),
      /** How many of the newest releases of each flow `expand` shows. */
      releases: z.coerce.number().int().min(1).max(101).default(20),
    },
    expand: ['releases'],
  }),
  output: listOutput(ListedFlow),
  status: 200,
  async run({tenant}, input) {
    const {rows, page} = await tenant.read((db) => {
      let query = db.selectFrom('flows').selectAll()
      if (input.ids) query = query.where(inList(tenant.engine, 'id', input.ids))
      if (input.is_active !== undefined) query = query.where('is_active', '=', input.is_active)
      if (input.trigger_type !== undefined) query = query.where('trigger_type', '=', input.trigger_type)
      if (input.removed !== undefined) query = query.where((e) => removedOrNot(e, input.removed === true))
      return readPage(db, query, input)
    })
    const ids = rows.map(({id}) => id)
    const [drafted, canaries] = [await withDraft(tenant, ids), await runningCanaries(tenant, ids)]
    const histories = input.expand.length > 0 ? await historiesOf(tenant, rows, input.releases) : undefined
    const data = rows.map((row) => ({
      ...presentFlow(row, drafted.has(row.id)),
      canary: canaries.get(row.id) ?? null,
      ...(histories ? {releases: histories.get(row.id) ?? []} : {}),
    }))
    return {data, page}
  },
})

const removedOrNot = (e: ExpressionBuilder<TenantSchema, 'flows'>, removed: boolean) =>
  removed
    ? e.and([e('is_active', '=', false), e('version', '>', UNPUBLISHED)])
    : e.or([e('is_active', '=', true), e('version', '=', UNPUBLISHED)])

export const showFlow = operation({
  id: 'flows.show',
  method: 'GET',
  path: '/flows/{id}',
  permission: 'flows:read',
  summary: 'Show a flow by id, key or name, with the definition of one release.',
  input: byId.extend({version: z.coerce.number().int().min(1).max(MOST_INTEGER).optional()}),
  output: FlowDetails,
  status: 200,
  async run({tenant}, {id, version}) {
    const row = await findFlow(tenant, id)
    const waiting = await draftOf(tenant, row.id)
    const canary = (await runningCanaries(tenant, [row.id])).get(row.id) ?? null
    const flow = {...presentFlow(row, waiting !== undefined), canary, draft: waiting ? presentDraft(waiting) : null}
    if (row.version === UNPUBLISHED && version === undefined) {
      return {...flow, shown: null, definition: null, source: null}
    }
    const shown = presentRelease(await releaseRow(tenant, row, version ?? row.version))
    return {...flow, shown, ...(await releaseOf(tenant, row, version))}
  },
})

const presentDraft = (row: DraftRow): z.output<typeof Draft> => ({
  definition: row.definition,
  source: row.source,
  warnings: row.warnings as FlowProblem[],
  revision: row.revision,
  base_version: row.base_version,
  author: row.author,
  created_at: iso(row.created_at),
  updated_at: iso(row.updated_at),
})

export const removeFlowOperation = operation({
  id: 'flows.remove',
  method: 'DELETE',
  path: '/flows/{id}',
  permission: 'flows:publish',
  summary:
    'Take a flow off the air. People who are inside finish on their release. One that was never published is gone.',
  input: byId,
  output: z.null(),
  status: 204,
  async run(context, {id}) {
    const row = await findFlow(context.tenant, id)
    context.note({resource: row.id, before: {flow: row.flow_key, version: row.version}})
    if (row.version === UNPUBLISHED) await discardDraft(context.tenant, row.id)
    else await removeFlow(context.tenant, row.id, context.clock.now())
    return null
  },
})

export const discardFlowDraft = operation({
  id: 'flows.discard_draft',
  method: 'DELETE',
  path: '/flows/{id}/draft',
  permission: 'flows:publish',
  summary: 'Throw away what waits to be published. What is live stays; a flow that was never published is gone.',
  input: byId,
  output: z.null(),
  status: 204,
  async run(context, {id}) {
    const row = await findFlow(context.tenant, id)
    context.note({resource: row.id, before: {flow: row.flow_key, version: row.version}})
    if (await discardDraft(context.tenant, row.id)) return null
    throw new PytakeError('NOT_FOUND', `Flow "${row.flow_key}" has no draft.`)
  },
})

export const flowOperations = {listFlowsOperation, showFlow, removeFlowOperation, discardFlowDraft}
