import type {Kysely} from 'kysely'
import {type ErrorDetail, PytakeError} from '../base/errors.ts'
import {didYouMean} from '../base/nearest.ts'
import type {FlowDefinition} from '../flow/shape.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import type {Deployed} from './deployed.ts'
import type {LiveOverrides} from './live-overrides.ts'

/**
 * Refuses a policy for people at a node that no release of its flow has ever had: a misspelt name would leave them where they are.
 * Every release counts, not only those with people inside, so that a file may keep its policy when they are through. What a file
 * says of a flow that is new here cannot be judged. Throws `INVALID_FILE`.
 */
export async function refuseUnknownNodes(
  db: Kysely<TenantSchema>,
  flows: readonly FlowDefinition[],
  {deployed, live}: {deployed: ReadonlyMap<string, Deployed>; live: LiveOverrides | undefined},
): Promise<void> {
  const details: ErrorDetail[] = []
  for (const flow of flows) {
    const was = deployed.get(flow.flow)
    const inFile = was ? Object.keys(flow.live?.nodes ?? {}) : []
    const named = [...new Set([...inFile, ...Object.keys(live?.flows?.[flow.flow]?.nodes ?? {})])]
    const known = new Set([flow, ...(was ? [was.definition] : [])].flatMap(nodesOf))
    if (named.every((node) => known.has(node))) continue
    if (was) for (const node of await nodesOfReleases(db, was.id)) known.add(node)
    for (const node of named) if (!known.has(node)) details.push(unknownNode(flow.flow, node, known))
  }
  if (details.length === 0) return
  throw new PytakeError('INVALID_FILE', details.map(({message}) => message).join(' '), {
    details,
    help: 'Nothing was changed. A policy names nodes at which people stand: pytake flow sessions list --flow FLOW',
  })
}

const nodesOf = ({nodes}: Pick<FlowDefinition, 'nodes'>): string[] => nodes.map(({id}) => id)

async function nodesOfReleases(db: Kysely<TenantSchema>, flowId: string): Promise<string[]> {
  const rows = await db.selectFrom('flow_releases').select('definition').where('flow_id', '=', flowId).execute()
  return rows.flatMap(({definition}) => nodesOf(definition as unknown as FlowDefinition))
}

function unknownNode(flow: string, node: string, known: ReadonlySet<string>): ErrorDetail {
  const message = `${flow}: the live policy names "${node}", which is a node of no release of this flow.`
  const hint = didYouMean(node, known)
  return {field: `${flow}.live.nodes.${node}`, message: hint === undefined ? message : `${message} ${hint}`}
}
