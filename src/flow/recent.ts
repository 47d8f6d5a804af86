import {fold} from '../base/fold.ts'

/**
 * The last minute's texts of a conversation and one more, for telling a loop of two bots: two numbers each, the time (twice
 * its milliseconds, one more for what we sent) and a digest of the text. It is read and written with every message, and
 * keeps no copy of what people wrote.
 */
export type Recent = readonly number[]

const KEPT = 12
/** How far back texts are kept. */
export const KEPT_MS = 60_000
const LENGTH = 64
const LOOP_TIMES = 5

/** With one more text, and without what is older than a minute. */
export function withText(recent: Recent, direction: 'inbound' | 'outbound', text: string, now: number): number[] {
  const kept: number[] = []
  for (let n = Math.max(0, recent.length - 2 * (KEPT - 1)); n < recent.length; n += 2) {
    if (now - timeAt(recent, n) < KEPT_MS) kept.push(recent[n] ?? 0, recent[n + 1] ?? 0)
  }
  kept.push(2 * now + bitOf(direction), digestOf(fold(text).slice(0, LENGTH)))
  return kept
}

/** Two bots talking: within a minute one text came in five times and one went out five times. */
export const isBotLoop = (recent: Recent, now: number): boolean =>
  repeats(recent, now, 'inbound') && repeats(recent, now, 'outbound')

function repeats(recent: Recent, now: number, direction: 'inbound' | 'outbound'): boolean {
  const counts = new Map<number, number>()
  for (let n = 0; n < recent.length; n += 2) {
    const digest = recent[n + 1] ?? NO_TEXT
    if ((recent[n] ?? 0) % 2 !== bitOf(direction) || digest === NO_TEXT || now - timeAt(recent, n) >= KEPT_MS) continue
    const count = (counts.get(digest) ?? 0) + 1
    if (count === LOOP_TIMES) return true
    counts.set(digest, count)
  }
  return false
}

const bitOf = (direction: 'inbound' | 'outbound') => (direction === 'inbound' ? 0 : 1)

const timeAt = (recent: Recent, n: number) => Math.floor((recent[n] ?? 0) / 2)

/** Media without a caption repeat as they like. */
const NO_TEXT = 0

/** FNV-1a, 32 bits: a loop is told by ten of them, so that one that another text has too does no harm. */
function digestOf(text: string): number {
  if (text === '') return NO_TEXT
  let hash = 0x811c9dc5
  for (let n = 0; n < text.length; n++) hash = Math.imul(hash ^ text.charCodeAt(n), 0x01000193)
  return hash >>> 0 || 1
}
