import type {Clock} from '../base/clock.ts'
import type {EventRecord} from '../base/events.ts'
import type {EventFilter} from '../operations/event-filter.ts'
import {
  distance,
  formatPlace,
  isAsFar,
  isSamePlace,
  type LogEvent,
  type LogPage,
  type Place,
  seenTo,
} from '../operations/event-logs.ts'
import {eventRecord} from '../operations/event-record.ts'

/** What a subscriber needs of its socket. */
export interface Outlet {
  /** Bytes accepted and not sent yet. */
  readonly bufferedAmount: number
  readonly isOpen: boolean
  /** `done` runs when the bytes have left, or never will. */
  send(text: string, done: () => void): void
}

/** Events as read for everybody; each is turned into text once, however many get it. */
export interface Batch extends LogPage {
  /** Where reading began. */
  after: Place
  events: (LogEvent & {text?: string})[]
}

export interface SubscriberOptions {
  outlet: Outlet
  filter: EventFilter
  clock: Pick<Clock, 'now'>
  /** Everything up to here was seen. */
  place: Place
  wantsMetrics: boolean
  /** Reads on from a place, for a subscriber that is not with the others. */
  read: (after: Place) => Promise<Batch>
  /** How far the others are. */
  frontier: () => Place
}

export interface Subscriber {
  readonly wantsMetrics: boolean
  /** It is with the others: what they are offered is all it needs. */
  readonly isLive: boolean
  /** What everybody gets. Taken when this one is with the others, left to the log when it is not. */
  offer(batch: Batch): void
  /** Says something that is in no log; left out while the reader is slow. */
  notice(type: string, data: object): void
  /**
   * Reads the log itself until it is with the others again, or the socket closes. Undefined when it is with them or is
   * catching up already.
   */
  catchUp(): Promise<void> | undefined
  /** The reader takes no more for now, or again. */
  hold(isHeld: boolean): void
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
  const {outlet, filter, clock, wantsMetrics, read, frontier} = options
  let {place} = options
  let isLive = false
  let isClosed = false
  let isCatchingUp = false
  const drain = drainOf(outlet)

  const say = (type: string, data?: object) =>
    outlet.send(noticeText({type, cursor: formatPlace(place), now: clock.now(), data}), drain.sent)
  /** Sends what fits; false when the socket is full, `place` then says how far it got. */
  const push = ({after, events, last}: Batch): boolean => {
    // Who is where the others are shares their places: nothing is made for each event and each of thousands.
    const isWithOthers = place === after
    for (const event of events) {
      if (!isWithOthers && event.seq <= place[event.from].seq) continue
      const next = isWithOthers ? event.place : seenTo(place, event.from, event.seq)
      if (filter.matches(event)) {
        if (drain.isHeld() || outlet.bufferedAmount > HIGH_BYTES) return false
        outlet.send(textFor(event, next), drain.sent)
      }
      place = next
    }
    place = seenWhole(place, last)
    return true
  }
  const goOn = () => outlet.isOpen && !isClosed
  const run = async () => {
    while (goOn()) {
      await drain.low()
      if (!goOn()) return
      const page = await read(place)
      if (push(page) && isAsFar(page.last, page.heads) && isAsFar(place, frontier())) break
    }
    if (!goOn()) return
    isLive = true
    say('live')
  }

  return {
    wantsMetrics,
    get isLive() {
      return isLive
    },
    offer(batch) {
      if (!isLive || push(batch)) return
      isLive = false
      say('behind', {events: distance(place, batch.heads)})
    },
    notice(type, data) {
      if (isLive && outlet.bufferedAmount <= HIGH_BYTES) say(type, data)
    },
    catchUp() {
      if (isLive || isCatchingUp) return undefined
      isCatchingUp = true
      return run().finally(() => (isCatchingUp = false))
    },
    hold: (isHeld) => drain.hold(isHeld),
    close() {
      isClosed = true
      drain.end()
    },
  }
}

/** Tells when few enough bytes wait for a socket, and its reader wants more. */
function drainOf(outlet: Outlet) {
  let wake: (() => void) | undefined
  let isOver = false
  let isHeld = false
  const isFull = () => isHeld || outlet.bufferedAmount > LOW_BYTES
  const look = () => {
    if (!isFull()) wake?.()
  }
  return {
    isHeld: () => isHeld,
    hold(held: boolean) {
      isHeld = held
      look()
    },
    sent: look,
    async low() {
      if (isFull() && !isOver) await new Promise<void>((resolve) => (wake = resolve))
      wake = undefined
    },
    end() {
      isOver = true
      wake?.()
    },
  }
}

/**
 * The event as everybody gets it, made once; anew for who is further in one of the logs than the rest, because its cursor
 * has to say so.
 */
function textFor(event: LogEvent & {text?: string}, place: Place): string {
  if (!isSamePlace(place, event.place)) return textOf(eventRecord({...event, place}))
  event.text ??= textOf(eventRecord(event))
  return event.text
}

/** The place once everything up to `last` was seen; `last` itself where the two are the same. */
function seenWhole(place: Place, last: Place): Place {
  const seen = seenTo(seenTo(place, 'tenant', last.tenant.seq), 'platform', last.platform.seq)
  return isSamePlace(seen, last) ? last : seen
}

const noticeText = ({now, ...notice}: {type: string; cursor: string; now: number; data?: object}): string =>
  JSON.stringify({...notice, at: new Date(now).toISOString()})

const textOf = ({type, data, cursor, at}: EventRecord): string => JSON.stringify({type, data, cursor, at})
