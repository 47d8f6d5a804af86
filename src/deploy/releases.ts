import type {Selectable} from 'kysely'
import {notFound, PytakeError} from '../base/errors.ts'
import {isUuid} from '../base/ids.ts'
import {endCanary} from './canary.ts'
import type {FlowDefinition} from '../flow/shape.ts'
import type {Flows} from '../store/schema/flows.ts'
import type {TenantDb} from '../store/stores.ts'

export type FlowRow = Selectable<Flows>

export const listFlows = (db: TenantDb): Promise<FlowRow[]> =>
  db.read((q) => q.selectFrom('flows').selectAll().orderBy('flow_key').execute())

/** By id, key or name. */
export async function findFlow(db: TenantDb, ref: string): Promise<FlowRow> {
  const rows = await listFlows(db)
  const row = rows.find((one) => one.id === ref || one.flow_key === ref || one.name === ref)
  if (!row) throw noFlow(ref)
  return row
}

/** Key of a flow, by the same; without reading all that flows hold. */
export async function flowKeyOf(db: TenantDb, ref: string): Promise<string> {
  const row = await db.read((q) =>
    q
      .selectFrom('flows')
      .select('flow_key')
      .where((e) => e.or([e('flow_key', '=', ref), e('name', '=', ref), ...(isUuid(ref) ? [e('id', '=', ref)] : [])]))
      .orderBy('flow_key')
      .executeTakeFirst(),
  )
  if (!row) throw noFlow(ref)
  return row.flow_key
}

const noFlow = (ref: string): PytakeError => notFound(`Flow "${ref}"`, 'pytake flow list')

/** One release of a flow, with the file that it was made of. */
export interface Release {
  definition: FlowDefinition
  source: string | null
}

/** One release of a flow, the live one when no number is given. */
export async function releaseOf(db: TenantDb, flow: FlowRow, version = flow.version): Promise<Release> {
  const row = await db.read((q) =>
    q
      .selectFrom('flow_releases')
      .select(['definition', 'source'])
      .where('flow_id', '=', flow.id)
      .where('version', '=', version)
      .executeTakeFirst(),
  )
  if (!row) throw noRelease(flow, version)
  return {definition: row.definition as unknown as FlowDefinition, source: row.source}
}

/** For a release that is not there. */
export function noRelease({flow_key: key}: FlowRow, version: number): PytakeError {
  if (version > 0) return notFound(`Release ${version} of flow "${key}"`, `pytake flow history ${key}`)
  return new PytakeError('NOT_FOUND', `Flow "${key}" has no release yet, only a draft.`, {
    help: `pytake flow publish ${key}`,
  })
}

/** Takes a flow off the air. People who are inside finish on their release. */
export async function removeFlow(db: TenantDb, ref: string, now: number): Promise<FlowRow> {
  const flow = await findFlow(db, ref)
  if (!flow.is_active) throw new PytakeError('CONFLICT', `Flow "${flow.flow_key}" is removed already.`)
  await db.write(async (tx) => {
    await tx.update('flows', ['id'], [{id: flow.id, is_active: false, updated_at: new Date(now)}])
    await endCanary(tx, {flowId: flow.id, flow: flow.flow_key, now}, undefined)
  })
  return {...flow, is_active: false}
}
