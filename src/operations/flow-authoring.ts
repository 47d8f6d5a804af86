import {z} from 'zod'
import {invalid, PytakeError} from '../base/errors.ts'
import {isRecord} from '../base/json.ts'
import {applyFlows} from '../deploy/apply.ts'
import {type Draft, draftOf, saveDraft, startDraft} from '../deploy/drafts.ts'
import {releasesOf} from '../deploy/history.ts'
import {findFlow, listFlows, releaseOf} from '../deploy/releases.ts'
import {FlowHead, loadFlow} from '../flow/definition.ts'
import {newSource} from '../flow/merge-source.ts'
import type {FlowDefinition} from '../flow/shape.ts'
import {ref, version} from './fields.ts'
import {flowFiles, readFlowFiles, refuseFlowProblems} from './flow-files.ts'
import {checkMessageTemplates} from './flow-message-templates.ts'
import {FlowDetails, showFlow} from './flows.ts'
import {operation, type TenantContext} from './operation.ts'

/** A flow file may be 1 MB, and JSON of it is longer. */
const BODY_LIMIT = 4 * 1024 * 1024

const notes = {
  commit: z.string().max(64).optional(),
  note: z.string().max(2000).optional(),
}

/** A flow as files have it, in the body; `id` is the path's. Commit and note go with a release. */
const body = FlowHead.omit({id: true, $schema: true}).extend({
  variables: flowFiles.variables,
  /** At once, and no draft first. */
  publish: z.boolean().default(false),
  ...notes,
})
type Body = z.output<typeof body>

export const createFlow = operation({
  id: 'flows.create',
  method: 'POST',
  path: '/flows',
  permission: 'flows:publish',
  summary: 'Make a flow of a definition. It is a draft until it is published, which `publish` does at once.',
  limit: 'flows',
  bodyLimit: () => BODY_LIMIT,
  input: body,
  output: FlowDetails,
  status: 201,
  async run(context, given) {
    const written = read(given, 'flow')
    const {tenant, principal, ids} = context
    const key = written.flow.flow
    const known = (await listFlows(tenant)).find((row) => row.flow_key === key)
    if (known?.is_active) throw new PytakeError('CONFLICT', `There is a flow "${key}" already.`)
    if (known && (await draftOf(tenant, known.id)))
      throw new PytakeError('CONFLICT', `There is a draft of "${key}" already.`)
    // Whoever makes the same flow in the same moment is not overwritten.
    if (given.publish) return release(context, {...written, ...(known ? {} : {expect: {[key]: null}})})
    const draft = draftFrom(context, written)
    if (known) await saveDraft(tenant, known.id, draft)
    else await startDraft(tenant, {id: ids.next(), createdBy: principal.user?.id ?? null}, draft)
    return showFlow.run(context, {id: key})
  },
})

export const editFlow = operation({
  id: 'flows.edit',
  method: 'PUT',
  path: '/flows/{id}',
  permission: 'flows:publish',
  summary:
    'Save a draft of a flow; what is live stays. What is left out stays as it was written last, but for `edges` and ' +
    '`trigger_value`, which go with the `nodes` and the `trigger` that are given; null clears. With `publish` it is a new release at once.',
  limit: 'flows',
  bodyLimit: () => BODY_LIMIT,
  input: body.extend({id: ref, nodes: body.shape.nodes.optional()}),
  output: FlowDetails,
  status: 200,
  async run(context, {id, ...given}) {
    const row = await findFlow(context.tenant, id)
    if (given.flow !== undefined && given.flow !== row.flow_key)
      throw invalid('flow', `is "${row.flow_key}" and stays so: sessions and other flows know the flow by it`)
    const draft = await draftOf(context.tenant, row.id)
    const before = writtenBefore(draft ?? (await releaseOf(context.tenant, row)), given.variables)
    const written = read({...changed(before, given), flow: row.flow_key}, row.flow_key)
    if (given.publish) return release(context, {...written, draft})
    await saveDraft(context.tenant, row.id, draftFrom(context, written))
    return showFlow.run(context, {id: row.flow_key})
  },
})

export const publishFlow = operation({
  id: 'flows.publish',
  method: 'POST',
  path: '/flows/{id}/publish',
  permission: 'flows:publish',
  summary: 'Put on the air what waits as a draft; without one the newest release there is, or the one that is named.',
  limit: 'flows',
  input: z.strictObject({id: ref, version: version.optional(), ...notes}),
  output: FlowDetails,
  status: 200,
  async run(context, {id, version, commit, note}) {
    const {tenant} = context
    const row = await findFlow(tenant, id)
    const draft = version === undefined ? await draftOf(tenant, row.id) : undefined
    if (draft) {
      const {definition, source} = draft
      return release(context, {flow: definition as unknown as FlowDefinition, source, commit, note, draft})
    }
    const [newest] = (await releasesOf(tenant, [row.id], 1)).get(row.id) ?? []
    const {definition, source} = await releaseOf(tenant, row, version ?? newest?.version)
    return release(context, {flow: definition, source, commit, note, isOld: true})
  },
})

interface Written {
  definition: unknown
  source: string | null
}

/** As it was written, or with the values of its variables where nobody gives them now. */
function writtenBefore({definition, source}: Written, variables: Body['variables']): Record<string, unknown> {
  const isWhole = source !== null && (Object.keys(variables).length > 0 || !source.includes('${var.'))
  const {raw} = loadFlow(isWhole ? source : newSource(definition), '')
  return isRecord(raw) ? raw : {}
}

/** What goes with what: the one left out of a pair is not of the new one. */
const pairs = [
  ['nodes', 'edges'],
  ['trigger', 'trigger_value'],
] as const

function changed(before: Record<string, unknown>, given: Partial<Body>): Partial<Body> {
  const whole: Record<string, unknown> = {...before, ...given}
  for (const [one, other] of pairs) if (given[one] !== undefined && given[other] === undefined) delete whole[other]
  return Object.fromEntries(Object.entries(whole).filter(([, value]) => value !== null && value !== undefined))
}

/** The definition as `flow apply` would read it from a file, or every problem of it. */
function read({variables, publish, commit, note, ...written}: Partial<Body>, name: string) {
  if (publish !== true && (commit ?? note) !== undefined)
    throw invalid(commit === undefined ? 'note' : 'commit', 'goes with a release: give it when you publish')
  const source = JSON.stringify(written, null, 2)
  const {definitions, problems} = readFlowFiles([{name, text: source}], variables ?? {})
  refuseFlowProblems(problems)
  const [first] = definitions
  if (!first) throw new PytakeError('INVALID_FILE', 'The body has no flow.')
  return {flow: first.definition, source, warnings: problems, commit, note}
}

const draftFrom = (
  context: TenantContext,
  {flow, source, warnings}: Pick<ReturnType<typeof read>, 'flow' | 'source' | 'warnings'>,
): Draft => {
  context.note({after: {flow: flow.flow, draft: true}})
  return {flow, source, warnings, author: context.principal.name, now: context.clock.now()}
}

interface Wanted extends Pick<Parameters<typeof applyFlows>[2], 'commit' | 'note' | 'expect' | 'draft'> {
  flow: FlowDefinition
  source: string | null
  /** It was a release before: what has gone missing since does not keep it from coming back. */
  isOld?: boolean
}

async function release(context: TenantContext, {flow, source, isOld = false, ...options}: Wanted) {
  const {tenant, principal, ids, clock} = context
  const {commit, note, expect, draft} = options
  const {missing} = await checkMessageTemplates(context, [flow], () => isOld)
  context.note({after: {flow: flow.flow, commit, note}})
  await applyFlows(tenant, [flow], {
    ...(source === null ? {} : {sources: new Map([[flow.flow, source]])}),
    ...{missing, commit, note, expect, draft, ids, author: principal.name, now: clock.now()},
  })
  return showFlow.run(context, {id: flow.flow})
}

export const flowAuthoringOperations = {createFlow, editFlow, publishFlow}
