import {z} from 'zod'
import {PytakeError} from '../base/errors.ts'
import {applyFlows} from '../deploy/apply.ts'
import {withDraft} from '../deploy/drafts.ts'
import {type FlowPlan, planFlows} from '../deploy/plan.ts'
import {findFlow, type FlowRow, releaseOf} from '../deploy/releases.ts'
import {staleness} from '../deploy/stale.ts'
import type {Places, WholeProblem} from '../deploy/whole.ts'
import {LiveChoiceSource, LivePolicySource, type Problem} from '../flow/definition.ts'
import type {FlowDefinition} from '../flow/shape.ts'
import {inList} from '../store/in-list.ts'
import {version} from './fields.ts'
import {FlowDiff} from './flow-diff.ts'
import {FlowFile, flowFiles, FlowProblem, MOST_FILES, readFlowFiles, refuseFlowProblems} from './flow-files.ts'
import {checkMessageTemplates} from './flow-message-templates.ts'
import {Flow, presentFlow} from './flow-row.ts'
import {operation, type TenantContext} from './operation.ts'

/** Many files in one request; each of them may be 1 MB. */
const BODY_LIMIT = 32 * 1024 * 1024

const Base = z.record(
  z.string(),
  z
    .strictObject({version: z.number(), release: z.string(), live: z.boolean(), canary: z.number().nullable()})
    .nullable(),
)

const deployInput = z
  .strictObject({
    files: z.array(FlowFile).max(MOST_FILES).default([]),
    variables: flowFiles.variables,
    /** Releases that are here already, to publish again. */
    releases: z
      .array(z.strictObject({flow: z.string(), version}))
      .max(MOST_FILES)
      .default([]),
    project: z.string().min(1).max(255).optional(),
    /** Take off the air what the project deployed before and is not among the files. */
    prune: z.boolean().default(false),
    /** What becomes of people who are inside, before what the files say. */
    live: z
      .strictObject({
        default: LiveChoiceSource.optional(),
        flows: z.record(z.string(), LivePolicySource).optional(),
      })
      .optional(),
    /** Share of new sessions that take what changed; everybody else stays on what is live. */
    canary: z.number().gt(0).lt(1).optional(),
    /** `base` of the plan that was agreed to: when anything of it moved, nothing is done. */
    expect: Base.optional(),
    /** The tenant that it was planned for: for another one nothing is done. */
    made_for: z.strictObject({id: z.string(), name: z.string()}).optional(),
  })
  .refine(({files, releases}) => files.length + releases.length > 0, {path: ['files'], error: 'there is no file'})
  .refine(({prune, project}) => !prune || project !== undefined, {
    path: ['project'],
    error: 'must be given to prune: what other projects deployed is not touched',
  })
type DeployInput = z.output<typeof deployInput>

const ReleaseName = z.object({version: z.number(), release: z.string()})
const Action = z.enum(['created', 'changed', 'unchanged', 'removed'])

const PlannedFlow = z.object({
  flow: z.string(),
  name: z.string(),
  action: Action,
  from: ReleaseName.nullable(),
  to: ReleaseName.nullable(),
  canary: z.number().nullable(),
  diff: FlowDiff.nullable(),
  people: z.array(
    z.object({
      node: z.string().nullable(),
      version: z.number(),
      count: z.number(),
      with_person: z.number(),
      change: z.enum(['removed', 'changed', 'unchanged']),
      choice: LiveChoiceSource,
    }),
  ),
})
export type PlannedFlow = z.output<typeof PlannedFlow>

const Plan = z.object({
  tenant: z.object({id: z.string(), name: z.string()}),
  flows: z.array(PlannedFlow),
  summary: z.object({created: z.number(), changed: z.number(), unchanged: z.number(), removed: z.number()}),
  base: Base,
  warnings: z.array(FlowProblem),
  /** What else is worth knowing, as sentences: templates that are not approved, or could not be looked up. */
  notes: z.array(z.string()),
})
export type Plan = z.output<typeof Plan>

export const planFlowsOperation = operation({
  id: 'flows.plan',
  method: 'POST',
  path: '/flows/plan',
  permission: 'flows:read',
  summary: 'Tell what publishing flow files would change, for people who are inside too. Changes nothing.',
  audit: false,
  bodyLimit: () => BODY_LIMIT,
  input: deployInput,
  output: Plan,
  status: 200,
  async run(context, input) {
    const {tenant, tenantRow} = context
    const {flows, warnings, notes, missing, places} = await flowsOf(context, input)
    const options = {...input, missing, places}
    const {plan} = await tenant.read((db) => planFlows({db, engine: tenant.engine}, flows, options))
    const {expect} = input
    const stale = expect && (await tenant.read((db) => staleness(db, expect, plan.base)))
    if (stale) throw stale
    return {
      tenant: {id: tenantRow.id, name: tenantRow.name},
      flows: plan.flows,
      summary: summaryOf(plan.flows),
      base: plan.base,
      warnings,
      notes,
    }
  },
})

const AppliedFlow = Flow.extend({
  action: Action,
  from: ReleaseName.nullable(),
  to: ReleaseName.nullable(),
  /** Share of new sessions that take it at first. */
  canary: z.number().nullable(),
  /** People who were inside and are told to move, begin again or end. */
  redirected: z.number(),
})
export type AppliedFlow = z.output<typeof AppliedFlow>

export const applyFlowsOperation = operation({
  id: 'flows.apply',
  method: 'POST',
  path: '/flows/apply',
  permission: 'flows:publish',
  summary: 'Publish flow files: all of them as new releases, or none.',
  limit: 'flows',
  bodyLimit: () => BODY_LIMIT,
  input: deployInput.safeExtend({
    commit: z.string().max(64).optional(),
    note: z.string().max(2000).optional(),
    ci_url: z.url().max(2000).optional(),
  }),
  output: z.object({data: z.array(AppliedFlow), warnings: z.array(FlowProblem), notes: z.array(z.string())}),
  status: 200,
  async run(context, {commit, note, ci_url: ciUrl, ...input}) {
    const {tenant, principal, ids, clock} = context
    const {flows, sources, warnings, notes, missing, places} = await flowsOf(context, input)
    context.note({after: {flows: flows.map(({flow}) => flow), commit, note}})
    const applied = await applyFlows(tenant, flows, {
      ...input,
      ...{sources, missing, places, commit, note, ciUrl},
      author: principal.name,
      now: clock.now(),
      ids,
    })
    const keys = applied.map(({flow}) => flow)
    const rows = await tenant.read((db) =>
      db
        .selectFrom('flows')
        .selectAll()
        .where(inList(tenant.engine, 'flow_key', keys))
        .execute(),
    )
    const byKey = new Map(rows.map((row) => [row.flow_key, row]))
    const drafted = await withDraft(
      tenant,
      rows.map(({id}) => id),
    )
    const data = applied.map(({flow, action, from, to, canary, redirected}) => ({
      ...{action, from, to, canary, redirected},
      ...presentFlow(byKey.get(flow) as FlowRow, drafted.has(byKey.get(flow)?.id ?? '')),
    }))
    return {data, warnings, notes}
  },
})

interface Flows {
  flows: FlowDefinition[]
  /** The files they were read from, by key. */
  sources: Map<string, string>
  warnings: Problem[]
  notes: string[]
  missing: WholeProblem[]
  places: Places
}

/** The flows of the files, and those of releases that are here. */
async function flowsOf(
  context: TenantContext,
  {files, variables, releases, made_for: madeFor}: DeployInput,
): Promise<Flows> {
  refuseOtherTenant(context, madeFor)
  const {definitions, problems} = readFlowFiles(files, variables)
  refuseFlowProblems(problems)
  const flows = definitions.map(({definition}) => definition)
  const sources = new Map(definitions.map(({definition, source}) => [definition.flow, source]))
  for (const {flow, version} of releases) {
    const {definition, source} = await releaseOf(context.tenant, await findFlow(context.tenant, flow), version)
    flows.push(definition)
    if (source !== null) sources.set(definition.flow, source)
  }
  const again = new Set(releases.map(({flow}) => flow))
  const places: Places = new Map(definitions.map(({definition, place}) => [definition.flow, place]))
  return {
    ...{flows, sources, warnings: problems, places},
    ...(await checkMessageTemplates(context, flows, (flow) => again.has(flow))),
  }
}

function refuseOtherTenant({tenantRow}: TenantContext, madeFor: DeployInput['made_for']): void {
  if (!madeFor || madeFor.id === tenantRow.id) return
  const why = `This plan was made for the tenant "${madeFor.name}", not for "${tenantRow.name}".`
  throw new PytakeError('STALE', why, {help: `Apply it there: --tenant ${JSON.stringify(madeFor.name)}`})
}

function summaryOf(flows: readonly FlowPlan[]): Plan['summary'] {
  const summary = {created: 0, changed: 0, unchanged: 0, removed: 0}
  for (const {action} of flows) summary[action]++
  return summary
}

export const flowDeployOperations = {planFlowsOperation, applyFlowsOperation}
