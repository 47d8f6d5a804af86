import type {Ids} from '../base/ids.ts'
import {leavesAlone} from '../flow/live-policy.ts'
import type {FlowDefinition} from '../flow/shape.ts'
import {triggerColumns} from '../flow/trigger.ts'
import {toJson} from '../store/columns.ts'
import type {Row, Tx} from '../store/database.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import type {TenantDb} from '../store/stores.ts'
import {takeLock} from '../store/tenant-lock.ts'
import {endCanary, startCanary} from './canary.ts'
import type {Deployed} from './deployed.ts'
import {type SeenDraft, takeDraft} from './drafts.ts'
import {policyOf} from './live-overrides.ts'
import {livingSessions} from './people.ts'
import {type Base, type FlowPlan, planFlows, type PlanOptions, type Prepared} from './plan.ts'
import {queueRedirects, TURNS_LOCK} from './redirects.ts'
import {staleness} from './stale.ts'

type TenantTx = Tx<TenantSchema>

export interface Applied extends FlowPlan {
  /** People who are told to move, begin anew or end. */
  redirected: number
}

/** What is kept with a release. */
export interface ReleaseNotes {
  /** Who: `cli:<os user>`, a token's name. */
  author: string
  commit?: string
  note?: string
  ciUrl?: string
}

export interface ApplyOptions extends PlanOptions, ReleaseNotes {
  /** The files that the flows were read from, by key. */
  sources?: ReadonlyMap<string, string>
  /** What the plan that was agreed to rests on. */
  expect?: Base
  /** The draft that is published by this, and waits no longer. */
  draft?: SeenDraft
  now: number
  ids: Ids
}

/**
 * Publishes releases of flows that were loaded without errors, and moves the people who are inside: all of it, or nothing. Throws
 * `INVALID_FILE` when they do not go together with what is live, `STALE` when that is not what was planned on.
 */
export async function applyFlows(
  db: TenantDb,
  flows: readonly FlowDefinition[],
  options: ApplyOptions,
): Promise<Applied[]> {
  return db.write(async (tx) => {
    // Turns wait for it, so nobody moves between being counted and being told.
    await takeLock(tx, TURNS_LOCK)
    if (options.draft) await takeDraft(tx, options.draft)
    const prepared = await planFlows(tx, flows, options)
    if (options.expect) {
      const stale = await staleness(tx.db, options.expect, prepared.plan.base)
      if (stale) throw stale
    }
    return carryOut(tx, db.name, prepared, {flows, options})
  })
}

interface Work {
  flows: readonly FlowDefinition[]
  options: ApplyOptions
}

async function carryOut(tx: TenantTx, tenantId: string, prepared: Prepared, work: Work): Promise<Applied[]> {
  const {flows, options} = work
  const byKey = new Map(flows.map((flow) => [flow.flow, flow]))
  for (const plan of prepared.plan.flows) {
    const flow = byKey.get(plan.flow)
    const was = prepared.deployed.get(plan.flow)
    if (plan.action === 'removed') await takeOff(tx, was, options)
    else if (plan.action === 'unchanged') await adopt(tx, was, options)
    else if (flow && plan.canary !== null && was) await tryOut(tx, {flow, plan, was}, options)
    else if (flow) await publish(tx, {tenantId, flow, plan, was}, options)
  }
  const redirected = await redirect(tx, prepared, work)
  return prepared.plan.flows.map((plan) => ({...plan, redirected: redirected.get(plan.flow) ?? 0}))
}

interface Publication {
  tenantId: string
  flow: FlowDefinition
  plan: FlowPlan
  was: Deployed | undefined
}

async function publish(tx: TenantTx, {tenantId, flow, plan, was}: Publication, options: ApplyOptions): Promise<void> {
  if (!plan.to) return
  const at = new Date(options.now)
  const drafted = was ? undefined : await unpublishedId(tx, flow.flow)
  const id = was?.id ?? drafted ?? options.ids.next()
  const row: Row = {
    id,
    tenant_id: tenantId,
    name: flow.name,
    description: flow.description ?? null,
    ...triggerColumns(flow.trigger),
    nodes: toJson(flow.nodes),
    edges: toJson(flow.edges),
    is_active: true,
    version: plan.to.version,
    flow_key: flow.flow,
    release: plan.to.release,
    project: options.project ?? was?.project ?? null,
    updated_at: at,
  }
  if (was || drafted !== undefined) await tx.update('flows', ['id'], [row])
  else await tx.insert('flows', [{...row, created_at: at}])
  if (was?.canary?.version !== plan.to.version)
    await tx.insert('flow_releases', [releaseRow(id, flow, plan.to, options)])
  if (was) await endCanary(tx, {flowId: was.id, flow: was.key, now: options.now}, plan.to)
  tx.emit({
    type: 'release_published',
    at: options.now,
    data: {flow: flow.flow, name: flow.name, ...plan.to, author: options.author},
  })
}

/** A flow that had only a draft so far is the same flow from its first release on. */
async function unpublishedId(tx: TenantTx, key: string): Promise<string | undefined> {
  const row = await tx.db.selectFrom('flows').select('id').where('flow_key', '=', key).executeTakeFirst()
  return row?.id
}

const releaseRow = (
  flowId: string,
  flow: FlowDefinition,
  {version, release}: {version: number; release: string},
  {author, commit, note, ciUrl, sources, now}: ApplyOptions,
): Row => ({
  flow_id: flowId,
  version,
  release,
  definition: toJson(flow),
  author: author.slice(0, 255),
  commit_id: commit?.slice(0, 64) ?? null,
  note: note ?? null,
  ci_url: ciUrl ?? null,
  source: sources?.get(flow.flow) ?? null,
  created_at: new Date(now),
})

/** Makes the release, for a share of new sessions. What is live stays live. */
async function tryOut(
  tx: TenantTx,
  {flow, plan, was}: {flow: FlowDefinition; plan: FlowPlan; was: Deployed},
  options: ApplyOptions,
): Promise<void> {
  if (!plan.to || plan.canary === null) return
  if (was.canary?.version !== plan.to.version) {
    await endCanary(tx, {flowId: was.id, flow: was.key, now: options.now}, plan.to)
    await tx.insert('flow_releases', [releaseRow(was.id, flow, plan.to, options)])
  }
  const {author: by, now} = options
  await startCanary(tx, {flowId: was.id, flow, ...plan.to, share: plan.canary, by, now})
}

/** Takes a flow off the air. People who are inside finish on their release. */
async function takeOff(tx: TenantTx, was: Deployed | undefined, {now}: ApplyOptions): Promise<void> {
  if (!was) return
  await tx.update('flows', ['id'], [{id: was.id, is_active: false, updated_at: new Date(now)}])
  await endCanary(tx, {flowId: was.id, flow: was.key, now}, undefined)
}

/** The project that holds a flow's file is the one that may prune it, whoever deployed it first. */
async function adopt(tx: TenantTx, was: Deployed | undefined, {project}: ApplyOptions): Promise<void> {
  if (was && project !== undefined && was.project !== project) await tx.update('flows', ['id'], [{id: was.id, project}])
}

/** Tells everybody who is inside a changed flow what its policy says, through the inbox. Returns how many by flow. */
async function redirect(
  tx: TenantTx,
  {plan, deployed}: Prepared,
  {flows, options}: Work,
): Promise<Map<string, number>> {
  const told = new Map<string, number>()
  const policies = new Map(flows.map((flow) => [flow.flow, policyOf(flow, options.live)]))
  const moving = plan.flows.filter(
    ({action, flow, people}) => action === 'changed' && people.length > 0 && !leavesAlone(policies.get(flow)),
  )
  if (moving.length === 0) return told
  const sessions = await livingSessions(tx.db)
  for (const {flow, to} of moving) {
    const id = deployed.get(flow)?.id
    const inside = sessions.filter(({flowId, release}) => release !== to?.release && flowId === id)
    const policy = policies.get(flow) ?? {}
    const key = `${id} ${to?.version}`
    await queueRedirects(tx, inside, {flow, policy, by: 'deploy'}, {key, now: options.now})
    told.set(flow, inside.length)
  }
  return told
}
