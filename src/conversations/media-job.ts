import {toJson} from '../store/columns.ts'
import type {Row} from '../store/database.ts'
import type {Batch} from './batch.ts'

/** Name of the job that brings inbound media to disk. */
export const FETCH_MEDIA = 'media.fetch'
const ATTEMPTS = 6

/** Media is fetched at once: providers keep it for days, and its address for minutes. */
export function fetchMediaJob({ids, now}: Batch, media: {messageId: string; inboxId: number; configId: string}): Row {
  const at = new Date(now)
  return {
    id: ids.next(),
    kind: FETCH_MEDIA,
    job_key: `media.fetch ${media.messageId}`,
    payload: toJson({message_id: media.messageId, inbox_id: media.inboxId, config_id: media.configId}),
    state: 'pending',
    attempts: 0,
    max_attempts: ATTEMPTS,
    created_by: 'webhook',
    due_at: at,
    created_at: at,
    updated_at: at,
  }
}
