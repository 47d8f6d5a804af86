import {Alarm, type Clock} from './clock.ts'

/** A time limit that is running. */
export interface Deadline {
  /** Why it is over; undefined while it runs. */
  readonly over: DeadlineReason | undefined
  /** Called once when it is over, unless it was stopped before. */
  onOver: (() => void) | undefined
  stop(): void
}

export type DeadlineReason = 'timeout' | 'aborted'

interface Entry extends Deadline {
  over: DeadlineReason | undefined
  at: number
}

/** Many time limits over one timer: a timer and its signals for each request cost as much as writing the request. */
export function createDeadlines(clock: Pick<Clock, 'sleep' | 'monotonic'>) {
  const running = new Set<Entry>()
  let asleep: {until: number; alarm: Alarm} | undefined

  const end = (entry: Entry, reason: DeadlineReason) => {
    if (!running.delete(entry)) return
    entry.over = reason
    entry.onOver?.()
  }
  const sleepUntil = async (until: number) => {
    const mine = {until, alarm: new Alarm()}
    asleep?.alarm.ring()
    asleep = mine
    await clock.sleep(Math.max(0, until - clock.monotonic()), mine.alarm)
    if (asleep !== mine) return
    asleep = undefined
    const now = clock.monotonic()
    // A timer may come a fraction of a millisecond early.
    for (const entry of running) if (entry.at <= now + 1) end(entry, 'timeout')
    let next = Number.POSITIVE_INFINITY
    for (const {at} of running) next = Math.min(next, at)
    if (running.size > 0) void sleepUntil(next)
  }
  return (ms: number, signal?: AbortSignal): Deadline => {
    const onAbort = () => end(entry, 'aborted')
    const entry: Entry = {
      at: clock.monotonic() + ms,
      over: signal?.aborted ? 'aborted' : undefined,
      onOver: undefined,
      stop() {
        running.delete(entry)
        signal?.removeEventListener('abort', onAbort)
        // Nobody waits any more: a timer left behind would keep a program alive that has nothing else to do.
        if (running.size === 0) {
          asleep?.alarm.ring()
          asleep = undefined
        }
      },
    }
    if (entry.over) return entry
    running.add(entry)
    signal?.addEventListener('abort', onAbort, {once: true})
    if (!asleep || entry.at < asleep.until) void sleepUntil(entry.at)
    return entry
  }
}
