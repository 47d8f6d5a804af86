/** Things that all have the same time, in the order in which they came. */
export interface TimeLimit<T> {
  add(one: T): void
  delete(one: T): void
}

/**
 * Calls `expire` with each that was added and not deleted within `ms`. One timer runs on, also while nothing is there: to
 * start and stop it would cost more than most requests do. It keeps no process alive.
 */
export function createTimeLimit<T extends object>(ms: number, expire: (one: T) => void): TimeLimit<T> {
  /** Until when; the first is due first. */
  const open = new Map<T, number>()
  let timer: NodeJS.Timeout | undefined

  const wait = (time: number) => {
    timer = setTimeout(look, time).unref()
  }
  const look = () => {
    timer = undefined
    const now = performance.now()
    for (const [one, until] of open) {
      if (until > now) return wait(Math.ceil(until - now))
      open.delete(one)
      expire(one)
    }
  }
  return {
    add(one) {
      open.set(one, performance.now() + ms)
      if (!timer) wait(ms)
    },
    delete: (one) => void open.delete(one),
  }
}
