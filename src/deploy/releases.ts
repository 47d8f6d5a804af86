import type {Selectable} from 'kysely'
import {notFound, PytakeError} from '../base/errors.ts'
import type {Ids} from '../base/ids.ts'
import {hash} from '../flow/compile.ts'
import type {FlowDefinition} from '../flow/shape.ts'
import {triggerColumns} from '../flow/trigger.ts'
import {toJson} from '../store/columns.ts'
import type {Tx} from '../store/database.ts'
import type {Flows, TenantSchema} from '../store/schema/tenant.ts'
import type {TenantDb} from '../store/stores.ts'
import {refuseProblems} from './whole.ts'

type TenantTx = Tx<TenantSchema>
export type FlowRow = Selectable<Flows>

export interface Applied {
  flow: string
  name: string
  action: 'created' | 'changed' | 'unchanged'
  /** Number of the live release. */
  version: number
  release: string
  nodes: number
}

export interface ApplyOptions {
  /** Who: `cli:<os user>`, a token's name. */
  author: string
  commit?: string
  project?: string
  now: number
  ids: Ids
}

/**
 * Publishes releases of flows that were loaded without errors: all of them, or none. Throws `INVALID_FILE` when they do
 * not go together with what is live.
 */
export async function applyFlows(
  db: TenantDb,
  flows: readonly FlowDefinition[],
  options: ApplyOptions,
): Promise<Applied[]> {
  return db.write(async (tx) => {
    await refuseProblems(tx, flows)
    const applied: Applied[] = []
    for (const flow of flows) applied.push(await applyOne(tx, db.name, flow, options))
    return applied
  })
}

async function applyOne(tx: TenantTx, tenantId: string, flow: FlowDefinition, options: ApplyOptions): Promise<Applied> {
  const release = hash(flow)
  const at = new Date(options.now)
  const old = await tx.db.selectFrom('flows').selectAll().where('flow_key', '=', flow.flow).executeTakeFirst()
  const result = {flow: flow.flow, name: flow.name, release, nodes: flow.nodes.length}
  if (old?.release === release && old.is_active) return {...result, action: 'unchanged', version: old.version}
  const version = old ? await nextVersion(tx, old.id) : 1
  const id = old?.id ?? options.ids.next()
  const row = {
    id,
    tenant_id: tenantId,
    name: flow.name,
    description: flow.description ?? null,
    ...triggerColumns(flow.trigger),
    nodes: toJson(flow.nodes),
    edges: toJson(flow.edges),
    is_active: true,
    version,
    flow_key: flow.flow,
    release,
    project: options.project ?? old?.project ?? null,
    updated_at: at,
  }
  if (old) await tx.update('flows', ['id'], [row])
  else await tx.insert('flows', [{...row, created_at: at}])
  await tx.insert('flow_releases', [
    {
      flow_id: id,
      version,
      release,
      definition: toJson(flow),
      author: options.author.slice(0, 255),
      commit_id: options.commit?.slice(0, 64) ?? null,
      created_at: at,
    },
  ])
  tx.emit({
    type: 'release_published',
    at: options.now,
    data: {flow: flow.flow, name: flow.name, version, release, author: options.author},
  })
  return {...result, action: old ? 'changed' : 'created', version}
}

async function nextVersion(tx: TenantTx, flowId: string): Promise<number> {
  const row = await tx.db
    .selectFrom('flow_releases')
    .select((e) => e.fn.max('version').as('version'))
    .where('flow_id', '=', flowId)
    .executeTakeFirst()
  return Number(row?.version ?? 0) + 1
}

export const listFlows = (db: TenantDb): Promise<FlowRow[]> =>
  db.read((q) => q.selectFrom('flows').selectAll().orderBy('flow_key').execute())

/** By id, key or name. */
export async function findFlow(db: TenantDb, ref: string): Promise<FlowRow> {
  const rows = await listFlows(db)
  const row = rows.find((one) => one.id === ref || one.flow_key === ref || one.name === ref)
  if (!row) throw notFound(`Flow "${ref}"`, 'pytake flow list')
  return row
}

/** The definition of one release of a flow, the live one when no number is given. */
export async function definitionOf(db: TenantDb, flow: FlowRow, version = flow.version): Promise<FlowDefinition> {
  const row = await db.read((q) =>
    q
      .selectFrom('flow_releases')
      .select('definition')
      .where('flow_id', '=', flow.id)
      .where('version', '=', version)
      .executeTakeFirst(),
  )
  if (!row) throw notFound(`Release ${version} of flow "${flow.flow_key}"`)
  return row.definition as unknown as FlowDefinition
}

/** Takes a flow off the air. People who are inside finish on their release. */
export async function removeFlow(db: TenantDb, ref: string, now: number): Promise<FlowRow> {
  const flow = await findFlow(db, ref)
  if (!flow.is_active) throw new PytakeError('CONFLICT', `Flow "${flow.flow_key}" is removed already.`)
  await db.write((tx) => tx.update('flows', ['id'], [{id: flow.id, is_active: false, updated_at: new Date(now)}]))
  return {...flow, is_active: false}
}
