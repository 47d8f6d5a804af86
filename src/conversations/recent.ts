import {type Recent, withText} from '../flow/recent.ts'
import type {Batch, ConversationEntity} from './batch.ts'

/** Keeps the last minute's texts of a conversation, for telling a loop of two bots. */
export function rememberText(
  {now}: Batch,
  {row}: ConversationEntity,
  direction: 'inbound' | 'outbound',
  text: string,
): void {
  row.metadata = {...row.metadata, recent: withText(recentOf(row.metadata), direction, text, now)}
}

/** None where a release before kept something else, which a minute later would be forgotten anyway. */
export function recentOf(metadata: Record<string, unknown> | null): Recent {
  const recent = metadata?.recent
  return Array.isArray(recent) && typeof recent[0] === 'number' ? (recent as number[]) : []
}
