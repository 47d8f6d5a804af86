import {z} from 'zod'
import {releaseRow} from '../deploy/history.ts'
import {findFlow, releaseOf, removeFlow} from '../deploy/releases.ts'
import {byId, MOST_INTEGER} from './fields.ts'
import {presentRelease, Release} from './flow-releases.ts'
import {Flow, presentFlow} from './flow-row.ts'
import {flag, listInput, listOutput, readPage} from './list.ts'
import {operation} from './operation.ts'

export const FlowDetails = Flow.extend({
  /** The release that is shown; the live one unless told. */
  shown: Release,
  definition: z.unknown(),
  /** The file it was made of; null for what came from no file. */
  source: z.string().nullable(),
})
export type FlowDetails = z.output<typeof FlowDetails>

export const listFlowsOperation = operation({
  id: 'flows.list',
  method: 'GET',
  path: '/flows',
  permission: 'flows:read',
  summary: 'List flows. Removed ones are kept with is_active false.',
  input: listInput({
    sort: ['created_at', 'updated_at', 'name', 'flow_key'],
    filters: {is_active: flag.optional(), trigger_type: z.string().optional()},
  }),
  output: listOutput(Flow),
  status: 200,
  async run({tenant}, input) {
    const {rows, page} = await tenant.read((db) => {
      let query = db.selectFrom('flows').selectAll()
      if (input.is_active !== undefined) query = query.where('is_active', '=', input.is_active)
      if (input.trigger_type !== undefined) query = query.where('trigger_type', '=', input.trigger_type)
      return readPage(db, query, input)
    })
    return {data: rows.map(presentFlow), page}
  },
})

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
    const shown = presentRelease(await releaseRow(tenant, row, version ?? row.version))
    return {...presentFlow(row), shown, ...(await releaseOf(tenant, row, version))}
  },
})

export const removeFlowOperation = operation({
  id: 'flows.remove',
  method: 'DELETE',
  path: '/flows/{id}',
  permission: 'flows:publish',
  summary: 'Take a flow off the air. People who are inside finish on their release.',
  input: byId,
  output: z.null(),
  status: 204,
  async run(context, {id}) {
    const row = await findFlow(context.tenant, id)
    context.note({resource: row.id, before: {flow: row.flow_key, version: row.version}})
    await removeFlow(context.tenant, row.id, context.clock.now())
    return null
  },
})

export const flowOperations = {listFlowsOperation, showFlow, removeFlowOperation}
