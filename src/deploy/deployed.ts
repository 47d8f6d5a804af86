import type {Kysely} from 'kysely'
import type {FlowDefinition} from '../flow/shape.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'

/** A flow of the tenant, live or removed, as it was last deployed. */
export interface Deployed {
  id: string
  key: string
  name: string
  version: number
  /** Of all its releases; more than `version` after a canary. */
  lastVersion: number
  release: string
  live: boolean
  project: string | null
  definition: FlowDefinition
  /** A release that a share of new sessions takes. */
  canary: {version: number; release: string} | null
}

export async function deployedFlows(db: Kysely<TenantSchema>): Promise<Deployed[]> {
  const rows = await db
    .selectFrom('flows')
    .innerJoin('flow_releases', (on) =>
      on.onRef('flow_releases.flow_id', '=', 'flows.id').onRef('flow_releases.version', '=', 'flows.version'),
    )
    .leftJoin('flow_canaries', (on) =>
      on.onRef('flow_canaries.flow_id', '=', 'flows.id').on('flow_canaries.state', '=', 'running'),
    )
    .select(['flow_canaries.version as canary_version', 'flow_canaries.release as canary_release'])
    .select(['flows.id', 'flow_key', 'name', 'flows.version', 'flows.release', 'is_active', 'project', 'definition'])
    .select((e) =>
      e
        .selectFrom('flow_releases as all')
        .select(({fn}) => fn.max('all.version').as('last'))
        .whereRef('all.flow_id', '=', 'flows.id')
        .as('last_version'),
    )
    .orderBy('flow_key')
    .execute()
  return rows.map((row) => ({
    id: row.id,
    key: row.flow_key,
    name: row.name,
    version: row.version,
    lastVersion: Number(row.last_version ?? row.version),
    release: row.release,
    live: row.is_active,
    project: row.project,
    definition: row.definition as unknown as FlowDefinition,
    canary:
      row.canary_version === null || row.canary_release === null
        ? null
        : {version: row.canary_version, release: row.canary_release},
  }))
}
