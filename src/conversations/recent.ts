import {withText} from '../flow/recent.ts'
import type {RecentText} from '../flow/route.ts'
import type {Batch, ConversationEntity} from './batch.ts'

/** Keeps the last minute's texts of a conversation, for telling a loop of two bots. */
export function rememberText(
  {now}: Batch,
  {row}: ConversationEntity,
  direction: RecentText['direction'],
  text: string,
): void {
  row.metadata = {...row.metadata, recent: withText(recentOf(row.metadata), direction, text, now)}
}

export const recentOf = (metadata: Record<string, unknown> | null) => (metadata?.recent ?? []) as RecentText[]
