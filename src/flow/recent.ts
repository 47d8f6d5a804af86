import {fold} from '../base/fold.ts'
import type {RecentText} from './route.ts'

const KEPT = 12
/** How far back texts are kept. */
export const KEPT_MS = 60_000
const LENGTH = 64

/** The last minute's texts of a conversation and one more, for telling a loop of two bots. */
export function withText(
  recent: readonly RecentText[],
  direction: RecentText['direction'],
  text: string,
  now: number,
): RecentText[] {
  const kept = recent.filter(({at}) => now - at < KEPT_MS)
  return [...kept, {text: fold(text).slice(0, LENGTH), direction, at: now}].slice(-KEPT)
}
