import {z} from 'zod'
import {invalid, PytakeError} from '../base/errors.ts'
import {applyFlows} from '../deploy/apply.ts'
import {releasesOf} from '../deploy/history.ts'
import {findFlow, listFlows, releaseOf} from '../deploy/releases.ts'
import {FlowHead} from '../flow/definition.ts'
import type {FlowDefinition} from '../flow/shape.ts'
import {ref, version} from './fields.ts'
import {flowFiles, readFlowFiles, refuseFlowProblems} from './flow-files.ts'
import {FlowDetails, showFlow} from './flows.ts'
import {operation, type TenantContext} from './operation.ts'

/** A flow file may be 1 MB, and JSON of it is longer. */
const BODY_LIMIT = 4 * 1024 * 1024

const notes = {
  commit: z.string().max(64).optional(),
  note: z.string().max(2000).optional(),
}

/** A flow as files have it, in the body; `id` is the path's. */
const body = FlowHead.omit({id: true, $schema: true}).extend({variables: flowFiles.variables, ...notes})

export const createFlow = operation({
  id: 'flows.create',
  method: 'POST',
  path: '/flows',
  permission: 'flows:publish',
  summary: 'Make a flow of a definition, and publish it as its first release.',
  limit: 'flows',
  bodyLimit: () => BODY_LIMIT,
  input: body,
  output: FlowDetails,
  status: 201,
  async run(context, {variables, commit, note, ...written}) {
    const {flow, source} = read(written, 'flow', variables)
    const known = (await listFlows(context.tenant)).find((row) => row.flow_key === flow.flow)
    if (known?.is_active) throw new PytakeError('CONFLICT', `There is a flow "${flow.flow}" already.`)
    // Whoever makes the same flow in the same moment is not overwritten.
    const expect = known ? undefined : {[flow.flow]: null}
    return release(context, {flow, source, commit, note, expect})
  },
})

export const editFlow = operation({
  id: 'flows.edit',
  method: 'PUT',
  path: '/flows/{id}',
  permission: 'flows:publish',
  summary: 'Publish a new release of a flow. What is the same as the live release changes nothing.',
  limit: 'flows',
  bodyLimit: () => BODY_LIMIT,
  input: body.extend({id: ref}),
  output: FlowDetails,
  status: 200,
  async run(context, {id, variables, commit, note, ...written}) {
    const row = await findFlow(context.tenant, id)
    if (written.flow !== undefined && written.flow !== row.flow_key)
      throw invalid('flow', `is "${row.flow_key}" and stays so: sessions and other flows know the flow by it`)
    const {flow, source} = read({name: row.name, ...written, flow: row.flow_key}, row.flow_key, variables)
    return release(context, {flow, source, commit, note})
  },
})

export const publishFlow = operation({
  id: 'flows.publish',
  method: 'POST',
  path: '/flows/{id}/publish',
  permission: 'flows:publish',
  summary: 'Put a release on the air: the newest there is, or the one that is named.',
  limit: 'flows',
  input: z.strictObject({id: ref, version: version.optional(), ...notes}),
  output: FlowDetails,
  status: 200,
  async run(context, {id, version, commit, note}) {
    const row = await findFlow(context.tenant, id)
    const [newest] = await releasesOf(context.tenant, row, 1)
    const {definition, source} = await releaseOf(context.tenant, row, version ?? newest?.version)
    return release(context, {flow: definition, source, commit, note})
  },
})

/** The definition as `flow apply` would read it from a file, or every problem of it. */
function read(written: object, name: string, variables: z.output<typeof body>['variables']) {
  const source = JSON.stringify(written, null, 2)
  const {definitions, problems} = readFlowFiles([{name, text: source}], variables)
  refuseFlowProblems(problems)
  const [first] = definitions
  if (!first) throw new PytakeError('INVALID_FILE', 'The body has no flow.')
  return {flow: first.definition, source}
}

interface Wanted extends Pick<Parameters<typeof applyFlows>[2], 'commit' | 'note' | 'expect'> {
  flow: FlowDefinition
  source: string | null
}

async function release(context: TenantContext, {flow, source, commit, note, expect}: Wanted) {
  const {tenant, principal, ids, clock} = context
  context.note({after: {flow: flow.flow, commit, note}})
  await applyFlows(tenant, [flow], {
    ...(source === null ? {} : {sources: new Map([[flow.flow, source]])}),
    ...{commit, note, expect, ids, author: principal.name, now: clock.now()},
  })
  return showFlow.run(context, {id: flow.flow})
}

export const flowAuthoringOperations = {createFlow, editFlow, publishFlow}
