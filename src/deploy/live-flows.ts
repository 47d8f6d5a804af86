import type {Kysely} from 'kysely'
import {compile, type CompiledFlow} from '../flow/compile.ts'
import {takesCanary} from './canary.ts'
import type {FlowDefinition} from '../flow/shape.ts'
import type {Tx} from '../store/database.ts'
import {inList} from '../store/in-list.ts'
import {prepared} from '../store/prepared.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'

type TenantTx = Tx<TenantSchema>

const MOST_COMPILED = 2000

/** The flows that answer now, and every release that somebody is still inside. */
export interface LiveFlows {
  live: LiveFlow[]
  byKey: ReadonlyMap<string, LiveFlow>
  release(id: string): CompiledFlow | undefined
}

export interface LiveFlow {
  id: string
  compiled: CompiledFlow
  /** What a share of new sessions takes instead. */
  canary?: {compiled: CompiledFlow; share: number}
}

/** The release that a person gets who enters the flow now. */
export function releaseFor({compiled, canary}: LiveFlow, contactId: string): CompiledFlow {
  return canary && takesCanary(contactId, canary.compiled.release, canary.share) ? canary.compiled : compiled
}

export interface FlowLibrary {
  /** Which releases are live, and canaries; and sees to it that `releases` can be run too. */
  load(tx: TenantTx, live: readonly LiveRow[], releases: ReadonlySet<string>): Promise<LiveFlows>
}

interface LiveRow {
  id: string
  release: string
  canary: string | null
  share: number | null
}

const liveRows = prepared((db: Kysely<TenantSchema>) =>
  db
    .selectFrom('flows')
    .leftJoin('flow_canaries', (on) =>
      on.onRef('flow_canaries.flow_id', '=', 'flows.id').on('flow_canaries.state', '=', 'running'),
    )
    .select(['id', 'flows.release', 'flow_canaries.release as canary', 'flow_canaries.share'])
    .where('is_active', '=', true)
    .orderBy('flow_key')
    .compile(),
)

/** Reads which releases are live, for `FlowLibrary.load`. */
export async function readLive(tx: TenantTx): Promise<LiveRow[]> {
  const {rows} = await liveRows(tx, {})
  return rows
}

/** Compiles each release once: a release is named by its content, so it can be kept for as long as there is room. */
export function createFlowLibrary(): FlowLibrary {
  const compiled = new Map<string, CompiledFlow>()
  return {
    async load(tx, rows, releases) {
      const tried = rows.flatMap(({canary}) => canary ?? [])
      const wanted = new Set([...rows.map((row) => row.release), ...tried, ...releases])
      if (compiled.size + wanted.size > MOST_COMPILED) compiled.clear()
      await compileMissing(
        tx,
        compiled,
        [...wanted].filter((id) => !compiled.has(id)),
      )
      const live = rows.flatMap((row) => {
        const flow = compiled.get(row.release)
        const canary = compiled.get(row.canary ?? '')
        if (!flow) return []
        return [{id: row.id, compiled: flow, ...(canary ? {canary: {compiled: canary, share: row.share ?? 0}} : {})}]
      })
      return {live, byKey: new Map(live.map((flow) => [flow.compiled.key, flow])), release: (id) => compiled.get(id)}
    },
  }
}

async function compileMissing(
  tx: TenantTx,
  compiled: Map<string, CompiledFlow>,
  missing: readonly string[],
): Promise<void> {
  if (missing.length === 0) return
  const rows = await tx.db
    .selectFrom('flow_releases')
    .select(['release', 'definition'])
    .where(inList(tx.engine, 'release', missing))
    .execute()
  for (const {release, definition} of rows)
    compiled.set(release, compile(definition as unknown as FlowDefinition, release))
}
