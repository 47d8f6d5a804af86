import type {Kysely} from 'kysely'
import {PytakeError} from '../base/errors.ts'
import {hash} from '../flow/compile.ts'
import {diffFlows, type FlowDiff} from '../flow/diff.ts'
import {choiceAt} from '../flow/live-policy.ts'
import type {FlowDefinition, LiveChoice, LivePolicy} from '../flow/shape.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import {type Deployed, deployedFlows} from './deployed.ts'
import {checkOverrides, type LiveOverrides, policyOf} from './live-overrides.ts'
import {livingByNode, type LivingAt} from './people.ts'
import type {Reader} from './missing.ts'
import {refuseUnknownNodes} from './policy-nodes.ts'
import {type Places, refuseProblems, type WholeProblem} from './whole.ts'

export interface PlanOptions {
  project?: string
  /** Take off the air what this project deployed and does not hold any more. */
  prune?: boolean
  live?: LiveOverrides
  /** Share of new sessions that take what changed, 0 to 1; everybody else stays on what is live. */
  canary?: number
  /** What the flows refer to and was found to be missing already. */
  missing?: readonly WholeProblem[]
  /** Where the files say what. */
  places?: Places
}

export interface ReleaseName {
  version: number
  release: string
}

export interface FlowPlan {
  flow: string
  name: string
  action: 'created' | 'changed' | 'unchanged' | 'removed'
  /** What is deployed; null for a new flow. */
  from: ReleaseName | null
  /** Null for a flow that is removed. */
  to: ReleaseName | null
  /** Share of new sessions that take it at first; null for all of them. */
  canary: number | null
  /** Against what is deployed; null for what is new, unchanged or removed. */
  diff: FlowDiff | null
  /** People who are inside on releases other than the one that arrives. */
  people: PeoplePlan[]
}

/** People who stand at one node, and what becomes of them. */
export interface PeoplePlan {
  node: string | null
  /** The release they are on. */
  version: number
  count: number
  /** Those of them whom a person has: they are left alone. */
  with_person: number
  /** What the deploy does to the node. */
  change: 'removed' | 'changed' | 'unchanged'
  choice: LiveChoice
}

/** What the plan rests on: each flow as it was found, null where there was none. */
/** `canary` is the number of a release that is being tried. */
export type Base = Record<string, {version: number; release: string; live: boolean; canary: number | null} | null>

export interface DeployPlan {
  flows: FlowPlan[]
  base: Base
}

/** A plan with what carrying it out needs. */
export interface Prepared {
  plan: DeployPlan
  deployed: ReadonlyMap<string, Deployed>
}

/**
 * Works out what deploying these flows would do. Throws `INVALID_FILE` when they do not go together with what stays live. Whatever
 * goes wrong is thrown: a plan that could not be made is never an empty one.
 */
export async function planFlows(
  reader: Reader,
  flows: readonly FlowDefinition[],
  options: PlanOptions = {},
): Promise<Prepared> {
  const all = await deployedFlows(reader.db)
  const deployed = new Map(all.map((flow) => [flow.key, flow]))
  const keys = new Set(flows.map(({flow}) => flow))
  const removed = options.prune ? all.filter((flow) => isPruned(flow, keys, options.project)) : []
  await refuseProblems(reader, flows, {
    kept: all.filter(({key, live}) => live && !keys.has(key)).filter((flow) => !removed.includes(flow)),
    removed: new Set(removed.map(({key}) => key)),
    missing: options.missing,
    places: options.places,
  })
  checkOverrides(flows, options.live)
  await refuseUnknownNodes(reader.db, flows, {deployed, live: options.live})
  if (options.canary !== undefined) refuseNothingToTry(flows, deployed)
  const people = await peopleByFlow(reader.db)
  const plans = [
    ...flows.map((flow) => planOne(flow, deployed.get(flow.flow), people, options)),
    ...removed.map((flow) => planRemoval(flow, people)),
  ]
  return {plan: {flows: plans, base: baseOf(plans, deployed)}, deployed}
}

/** A canary is measured against what is live. */
function refuseNothingToTry(flows: readonly FlowDefinition[], deployed: ReadonlyMap<string, Deployed>): void {
  const fresh = flows.filter(({flow}) => !deployed.get(flow)?.live).map(({flow}) => flow)
  if (fresh.length === 0) return
  throw new PytakeError(
    'CONFLICT',
    `Nothing of ${fresh.join(', ')} is live: there is nothing to try a canary beside.`,
    {
      help: 'Apply it without --canary.',
    },
  )
}

const isPruned = ({key, live, project}: Deployed, keys: ReadonlySet<string>, wanted: string | undefined): boolean =>
  live && wanted !== undefined && project === wanted && !keys.has(key)

function baseOf(plans: readonly FlowPlan[], deployed: ReadonlyMap<string, Deployed>): Base {
  const entries = plans.map(({flow}) => {
    const was = deployed.get(flow)
    return [
      flow,
      was ? {version: was.version, release: was.release, live: was.live, canary: was.canary?.version ?? null} : null,
    ] as const
  })
  return Object.fromEntries(entries)
}

type People = ReadonlyMap<string, readonly LivingAt[]>

async function peopleByFlow(db: Kysely<TenantSchema>): Promise<People> {
  const people = new Map<string, LivingAt[]>()
  for (const place of await livingByNode(db)) people.set(place.flowId, [...(people.get(place.flowId) ?? []), place])
  return people
}

function planOne(
  flow: FlowDefinition,
  was: Deployed | undefined,
  people: People,
  {live, canary}: PlanOptions,
): FlowPlan {
  const release = hash(flow)
  const head = {flow: flow.flow, name: flow.name, canary: null}
  if (!was) return {...head, action: 'created', from: null, to: {version: 1, release}, diff: null, people: []}
  const from = {version: was.version, release: was.release}
  if (was.live && was.release === release) return {...head, action: 'unchanged', from, to: from, diff: null, people: []}
  const diff = diffFlows(was.definition, flow)
  // What is tried already keeps its number when everybody gets it.
  const isTried = was.canary?.release === release
  const version = isTried && was.canary ? was.canary.version : was.lastVersion + 1
  const plan = {...head, action: 'changed', from, to: {version, release}, diff} as const
  if (canary !== undefined) return {...plan, canary, people: []}
  const policy = policyOf(flow, live)
  return {...plan, people: peopleOf(people.get(was.id) ?? [], release, {diff, policy, flow})}
}

function planRemoval({key, name, version, release, id}: Deployed, people: People): FlowPlan {
  const inside = (people.get(id) ?? []).map(({node, version: on, sessions, withPerson}) => ({
    node,
    version: on,
    count: sessions,
    with_person: withPerson,
    change: 'removed' as const,
    choice: 'finish' as const,
  }))
  return {
    flow: key,
    name,
    action: 'removed',
    from: {version, release},
    to: null,
    canary: null,
    diff: null,
    people: inside,
  }
}

function peopleOf(
  inside: readonly LivingAt[],
  release: string,
  {diff, policy, flow}: {diff: FlowDiff; policy: LivePolicy; flow: FlowDefinition},
): PeoplePlan[] {
  const kept = new Set(flow.nodes.map(({id}) => id))
  const changed = new Set(diff.nodes.filter(({change}) => change === 'changed').map(({node}) => node))
  const changeOf = (node: string | null) => {
    if (node !== null && !kept.has(node)) return 'removed'
    return node !== null && changed.has(node) ? 'changed' : 'unchanged'
  }
  return inside
    .filter((place) => place.release !== release)
    .map(({node, version, sessions, withPerson}) => ({
      node,
      version,
      count: sessions,
      with_person: withPerson,
      change: changeOf(node),
      choice: choiceAt(policy, node),
    }))
}
