/** How long an answer counts as fresh, by operation; what is not listed is asked for every time. */
export const freshFor = {customer: 10 * 60_000, plans: 60 * 60_000, invoices: 2 * 60_000} as const

export interface Kept {
  value: unknown
  /** When it was fetched, ms. */
  at: number
}

/** Answers of one connection, the longest unused going first. In memory only: they hold personal data. */
export interface Cache {
  get(key: string): Kept | undefined
  put(key: string, value: unknown, at: number): void
  clear(): void
}

const MOST = 5_000

export function createCache(): Cache {
  const kept = new Map<string, Kept>()
  return {
    get(key) {
      const one = kept.get(key)
      if (one === undefined) return undefined
      kept.delete(key)
      kept.set(key, one)
      return one
    },
    put(key, value, at) {
      kept.delete(key)
      kept.set(key, {value, at})
      const [oldest] = kept.keys()
      if (kept.size > MOST && oldest !== undefined) kept.delete(oldest)
    },
    clear: () => kept.clear(),
  }
}
