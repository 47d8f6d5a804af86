/** The newest `limit` of what was pushed, and how many there were in all. */
export interface Ring<T> {
  push(item: T): void
  /** Oldest first. */
  all(): T[]
  readonly total: number
}

/** A ring that forgets the oldest, so that memory stays bounded however long a bench runs. */
export function createRing<T>(limit: number): Ring<T> {
  const items: T[] = []
  let total = 0
  return {
    push(item) {
      if (limit > 0) items[total % limit] = item
      total++
    },
    all: () => (total <= limit ? [...items] : [...items.slice(total % limit), ...items.slice(0, total % limit)]),
    get total() {
      return total
    },
  }
}
