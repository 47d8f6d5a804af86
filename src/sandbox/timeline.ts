import type {Clock} from '../base/clock.ts'

/** Things that are due at a time, run in order of time and then of arrival. */
export interface Timeline {
  /** Runs `run` once, `ms` from now. */
  after(ms: number, run: () => void): void
  /** How many are waiting. */
  readonly size: number
  close(): void
}

interface Due {
  at: number
  seq: number
  run: () => void
}

const before = (a: Due, b: Due) => a.at < b.at || (a.at === b.at && a.seq < b.seq)

/** A timeline on the clock's wall time; one sleeper at most. `settled` is told each time the last one has run. */
export function createTimeline(clock: Clock, settled: () => void): Timeline {
  const heap: Due[] = []
  let seq = 0
  let closed = false
  let sleeping: {until: number; wake: AbortController} | undefined

  function runDue(): void {
    const now = clock.now()
    for (let next = heap[0]; next && next.at <= now; next = heap[0]) {
      popFirst(heap)
      next.run()
    }
    if (heap.length === 0) settled()
    else arm()
  }

  function arm(): void {
    const first = heap[0]
    if (!first || closed || (sleeping && sleeping.until <= first.at)) return
    sleeping?.wake.abort()
    const mine = {until: first.at, wake: new AbortController()}
    sleeping = mine
    const woken = () => {
      if (sleeping !== mine) return
      sleeping = undefined
      if (!closed) runDue()
    }
    const wait = first.at - clock.now()
    if (wait <= 0) setImmediate(woken)
    else void clock.sleep(wait, mine.wake.signal).then(woken)
  }

  return {
    after(ms, run) {
      push(heap, {at: clock.now() + ms, seq: seq++, run})
      arm()
    },
    get size() {
      return heap.length
    },
    close() {
      closed = true
      heap.length = 0
      sleeping?.wake.abort()
    },
  }
}

function push(heap: Due[], due: Due): void {
  let at = heap.push(due) - 1
  while (at > 0) {
    const parent = (at - 1) >> 1
    const above = heap[parent]
    if (!above || !before(due, above)) break
    heap[at] = above
    at = parent
  }
  heap[at] = due
}

function popFirst(heap: Due[]): void {
  const last = heap.pop()
  if (!last || heap.length === 0) return
  let at = 0
  for (;;) {
    let child = 2 * at + 1
    let least = heap[child]
    const right = heap[child + 1]
    if (least && right && before(right, least)) {
      least = right
      child++
    }
    if (!least || !before(least, last)) break
    heap[at] = least
    at = child
  }
  heap[at] = last
}
