import {fold, isBotLoop, type RecentText} from '../flow/route.ts'
import type {Batch, ConversationEntity} from './batch.ts'

const KEPT = 12
const WINDOW_MS = 60_000
const LENGTH = 64

/** Keeps the last minute's texts of a conversation, for telling a loop of two bots (rules 4.5). */
export function rememberText(
  {now}: Batch,
  {row}: ConversationEntity,
  direction: RecentText['direction'],
  text: string,
): void {
  const recent = recentOf(row.metadata).filter(({at}) => now - at < WINDOW_MS)
  recent.push({text: fold(text).slice(0, LENGTH), direction, at: now})
  row.metadata = {...row.metadata, recent: recent.slice(-KEPT)}
}

export const isLooping = ({now}: Batch, {row}: ConversationEntity): boolean => isBotLoop(recentOf(row.metadata), now)

const recentOf = (metadata: Record<string, unknown> | null) => (metadata?.recent ?? []) as RecentText[]
