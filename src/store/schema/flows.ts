import type {Generated} from 'kysely'
import type {Json, JsonColumn, NullableJson, Stamp} from './column-types.ts'

export interface Flows {
  id: string
  tenant_id: string
  name: string
  description: string | null
  trigger_type: string
  trigger_value: string | null
  nodes: JsonColumn<unknown[]>
  edges: JsonColumn<unknown[]>
  is_active: Generated<boolean>
  /** Number of the live release; 0 for what was never published. */
  version: number
  created_by: string | null
  /** Stable key: deploys match on it. */
  flow_key: string
  release: string
  project: string | null
  created_at: Stamp
  updated_at: Stamp
}

/** What is written and not published yet. */
export interface FlowDrafts {
  flow_id: string
  /** Counts the times it was saved. */
  revision: number
  /** Release that was live when it was saved; 0 when there was none. */
  base_version: number
  definition: JsonColumn<Json>
  source: string
  warnings: JsonColumn<unknown[]>
  author: string
  created_at: Date
  updated_at: Date
}

export interface FlowReleases {
  flow_id: string
  version: number
  /** Content hash of the definition. */
  release: string
  definition: JsonColumn<Json>
  author: string
  commit_id: string | null
  note: string | null
  /** Where the run of CI that published it can be seen. */
  ci_url: string | null
  /** The file as it was applied; null for what came from no file. */
  source: string | null
  created_at: Date
}

/** A release that a share of new sessions takes; one row per flow, the last one. */
export interface FlowCanaries {
  flow_id: string
  version: number
  release: string
  /** 0 to 1. */
  share: number
  /** `running`, `promoted`, `aborted`. */
  state: string
  reason: string | null
  abort_when: string | null
  min_sessions: number
  /** Begun, ended in any way, and failed, since it runs. */
  sessions: number
  ended: number
  failed: number
  started_by: string
  started_at: Date
  ended_at: Date | null
}

export interface FlowSessions {
  id: string
  flow_id: string
  conversation_id: string
  current_node_id: string | null
  context: NullableJson<Json>
  status: Generated<string>
  contact_id: string
  config_id: string
  release: string
  /** When the current wait times out. */
  due_at: Date | null
  expires_at: Date
  started_at: Stamp
  completed_at: Date | null
}
