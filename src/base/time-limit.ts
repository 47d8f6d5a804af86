/** Runs for one thing until it is stopped. */
export interface Running<T> {
  readonly one: T
  until: number
  before: Running<T> | undefined
  after: Running<T> | undefined
}

/** The same time for each of many things. */
export interface TimeLimit<T> {
  start(one: T): Running<T>
  stop(running: Running<T>): void
}

/**
 * Calls `expire` with each that was started and not stopped within `ms`. One timer runs on, also while nothing is there: to
 * start and stop it would cost more than most requests do. It keeps no process alive. What runs is a chain, in the order in
 * which it is due: a Map whose entries come and go leaves old tables behind, which hold on to them.
 */
export function createTimeLimit<T>(ms: number, expire: (one: T) => void): TimeLimit<T> {
  let first: Running<T> | undefined
  let last: Running<T> | undefined
  let timer: NodeJS.Timeout | undefined

  const wait = (time: number) => {
    timer = setTimeout(look, Math.ceil(time)).unref()
  }
  const look = () => {
    timer = undefined
    const now = performance.now()
    while (first && first.until <= now) {
      const {one} = first
      stop(first)
      expire(one)
    }
    if (first) wait(first.until - now)
  }
  const stop = (running: Running<T>) => {
    const {before, after} = running
    if (before) before.after = after
    else if (first === running) first = after
    if (after) after.before = before
    else if (last === running) last = before
    running.before = running.after = undefined
  }
  return {
    start(one) {
      const running: Running<T> = {one, until: performance.now() + ms, before: last, after: undefined}
      if (last) last.after = running
      else first = running
      last = running
      if (!timer) wait(ms)
      return running
    },
    stop,
  }
}
