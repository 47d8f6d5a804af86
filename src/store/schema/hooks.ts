import type {JsonColumn} from './column-types.ts'

export interface Hooks {
  id: string
  tenant_id: string
  name: string
  url: string
  /** Types of events; `*` for all. */
  types: JsonColumn<string[]>
  /** Encrypted, like `old_secret`. */
  secret: string
  old_secret: string | null
  old_secret_until_at: Date | null
  ordered: boolean
  concurrency: number
  /** `active`, `paused` by a person, `disabled` by us. */
  state: string
  reason: string | null
  /** How far it has read the event log. */
  seq: number
  /** The receiver asked to be left alone until then. */
  hold_until_at: Date | null
  /** Since when there was nothing but failures. */
  failing_since_at: Date | null
  created_by: string
  created_at: Date
  updated_at: Date
}

export interface HookDeliveries {
  id: string
  hook_id: string
  /** Of the event. */
  seq: number
  type: string
  /** `pending`, `delivered`, `dead`. */
  state: string
  attempts: number
  due_at: Date | null
  /** Of the last answer, as `response` and `error` are. */
  status: number | null
  response: string | null
  error: string | null
  created_at: Date
  updated_at: Date
}
