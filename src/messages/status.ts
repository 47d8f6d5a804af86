/** Facts rank; late news cannot undo them (design, section 5). */
const rank: Record<string, number> = {sent: 1, delivered: 2, read: 3, played: 4}

/** Our own guesses, which any fact from the provider overrules. */
const guesses = new Set(['queued', 'claimed', 'sending', 'unknown', 'expired'])

/**
 * What a message shows after the provider said `news`. `ours` tells that a `failed` was our own verdict, which gives
 * way to a fact; the provider's `failed` is final.
 */
export function afterStatus(current: string | null, news: string, ours = false): string {
  if (news === 'deleted') return current ?? 'sent'
  if (current === null || guesses.has(current)) return news
  if (current === 'failed') return ours && news !== 'failed' ? news : 'failed'
  if (current === 'cancelled') return news === 'failed' ? current : news
  if (news === 'failed') return 'failed'
  return (rank[news] ?? 0) > (rank[current] ?? 0) ? news : current
}
