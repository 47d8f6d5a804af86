import {z} from 'zod'
import type {FlowRow} from '../deploy/releases.ts'
import {iso, timeOut} from './fields.ts'

/** A flow as it is answered: the specification's columns, and the stable key that deploys match on. */
export const Flow = z.object({
  id: z.uuid(),
  tenant_id: z.uuid(),
  flow: z.string(),
  name: z.string(),
  description: z.string().nullable(),
  trigger_type: z.string(),
  trigger_value: z.string().nullable(),
  nodes: z.array(z.unknown()),
  edges: z.array(z.unknown()),
  is_active: z.boolean(),
  /** Number of the live release; 0 for a flow that was never published. */
  version: z.number(),
  /** Does something wait to be published? */
  has_draft: z.boolean(),
  /** Hash of the live release's content. */
  release: z.string(),
  project: z.string().nullable(),
  created_by: z.string().nullable(),
  created_at: timeOut,
  updated_at: timeOut,
})
export type Flow = z.output<typeof Flow>

export const presentFlow = (row: FlowRow, hasDraft: boolean): Flow => ({
  id: row.id,
  tenant_id: row.tenant_id,
  flow: row.flow_key,
  name: row.name,
  description: row.description,
  trigger_type: row.trigger_type,
  trigger_value: row.trigger_value,
  nodes: row.nodes,
  edges: row.edges,
  is_active: row.is_active,
  version: row.version,
  has_draft: hasDraft,
  release: row.release,
  project: row.project,
  created_by: row.created_by,
  created_at: iso(row.created_at),
  updated_at: iso(row.updated_at),
})
