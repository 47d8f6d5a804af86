import type {Clock} from '../base/clock.ts'
import type {EventRecord} from '../base/events.ts'
import type {EventFilter} from '../operations/event-filter.ts'
import {eventRecord} from '../operations/event-record.ts'
import {type EventPage, formatCursor, type StoredEvent} from '../store/event-log.ts'

/** What a subscriber needs of its socket. */
export interface Outlet {
  /** Bytes accepted and not sent yet. */
  readonly bufferedAmount: number
  readonly isOpen: boolean
  /** `done` runs when the bytes have left, or never will. */
  send(text: string, done: () => void): void
}

/** Events as read for everybody; each is turned into text once, however many get it. */
export interface Batch extends EventPage {
  events: (StoredEvent & {text?: string})[]
}

export interface SubscriberOptions {
  outlet: Outlet
  filter: EventFilter
  clock: Pick<Clock, 'now'>
  logId: string
  /** Everything up to here was seen. */
  position: number
  wantsMetrics: boolean
  /** Reads on from a place, for a subscriber that is not with the others. */
  read: (after: number) => Promise<Batch>
  /** How far the others are. */
  frontier: () => number
}

export interface Subscriber {
  readonly position: number
  readonly wantsMetrics: boolean
  /** What everybody gets. Taken when this one is with the others, left to the log when it is not. */
  offer(batch: Batch): void
  /** Says something that is in no log; left out while the reader is slow. */
  notice(type: string, data: object): void
  /**
   * Reads the log itself until it is with the others again, or the socket closes. Undefined when it is with them or is
   * catching up already.
   */
  catchUp(): Promise<void> | undefined
  close(): void
}

/** A reader is behind when this many bytes wait for it, and catches up when few enough are left. */
const HIGH_BYTES = 1024 * 1024
const LOW_BYTES = 128 * 1024

/**
 * One reader of the log. Nothing is queued for it here: what its socket does not take now it reads from the log when the
 * socket has drained, so a slow reader costs the same memory however far behind it is.
 */
export function createSubscriber(options: SubscriberOptions): Subscriber {
  const {outlet, filter, clock, logId, wantsMetrics, read, frontier} = options
  let {position} = options
  let isLive = false
  let isClosed = false
  let isCatchingUp = false
  const drain = drainOf(outlet)

  const say = (type: string, data?: object) =>
    outlet.send(noticeText({type, cursor: formatCursor({logId, seq: position}), now: clock.now(), data}), drain.sent)
  /** Sends what fits; false when the socket is full, `position` then says how far it got. */
  const push = ({events, last}: Batch): boolean => {
    for (const event of events) {
      if (event.seq <= position) continue
      if (filter.matches(event)) {
        if (outlet.bufferedAmount > HIGH_BYTES) return false
        event.text ??= textOf(eventRecord(logId, event))
        outlet.send(event.text, drain.sent)
      }
      position = event.seq
    }
    position = Math.max(position, last)
    return true
  }
  const goOn = () => outlet.isOpen && !isClosed
  const run = async () => {
    while (goOn()) {
      await drain.low()
      if (!goOn()) return
      const page = await read(position)
      if (push(page) && page.last >= page.head.seq && position >= frontier()) break
    }
    if (!goOn()) return
    isLive = true
    say('live')
  }

  return {
    get position() {
      return position
    },
    wantsMetrics,
    offer(batch) {
      if (!isLive || push(batch)) return
      isLive = false
      say('behind', {events: batch.head.seq - position})
    },
    notice(type, data) {
      if (isLive && outlet.bufferedAmount <= HIGH_BYTES) say(type, data)
    },
    catchUp() {
      if (isLive || isCatchingUp) return undefined
      isCatchingUp = true
      return run().finally(() => (isCatchingUp = false))
    },
    close() {
      isClosed = true
      drain.end()
    },
  }
}

/** Tells when few enough bytes wait for a socket. */
function drainOf(outlet: Outlet) {
  let wake: (() => void) | undefined
  let isOver = false
  return {
    sent: () => {
      if (outlet.bufferedAmount <= LOW_BYTES) wake?.()
    },
    async low() {
      if (outlet.bufferedAmount > LOW_BYTES && !isOver) await new Promise<void>((resolve) => (wake = resolve))
      wake = undefined
    },
    end() {
      isOver = true
      wake?.()
    },
  }
}

const noticeText = ({now, ...notice}: {type: string; cursor: string; now: number; data?: object}): string =>
  JSON.stringify({...notice, at: new Date(now).toISOString()})

const textOf = ({type, data, cursor, at}: EventRecord): string => JSON.stringify({type, data, cursor, at})
