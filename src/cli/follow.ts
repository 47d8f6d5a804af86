import type {z} from 'zod'
import type {Clock} from '../base/clock.ts'
import {PytakeError} from '../base/errors.ts'
import type {EventRecord} from '../base/events.ts'
import type {listEventsOperation} from '../operations/events.ts'

type ListInput = z.input<typeof listEventsOperation.input>
type ListAnswer = z.output<typeof listEventsOperation.output>

/** One request for events; in process or over HTTP. */
export type ReadEvents = (input: ListInput) => Promise<ListAnswer>

export type EventFilterFlags = Omit<ListInput, 'after' | 'since' | 'limit'>

export interface Watcher {
  event(event: EventRecord): void
  /** What was written waits for a reader. */
  isFull(): boolean
  /** What was written has left, so that a slow reader is waited for. */
  flushed(): Promise<void>
  /** The connection was gone. */
  lost(reason: string): void
  back(gap: {ms: number; replayed: number}): void
}

export const PAGE = 500
const POLL_MS = 250
const BACKOFF_MS = 500
const BACKOFF_MOST_MS = 15_000

/** Waiting times between attempts: doubled each time, with jitter. */
export const backoff = (attempt: number, random: number): number =>
  Math.min(BACKOFF_MOST_MS, BACKOFF_MS * 2 ** attempt) * (0.5 + random / 2)

/** Reads what is there from a place on, page by page. Returns the cursor to go on from. */
export async function readThrough(
  read: ReadEvents,
  watcher: Pick<Watcher, 'event' | 'flushed'>,
  from: {after?: string; since?: string} & EventFilterFlags,
): Promise<string> {
  let position: {after?: string; since?: string} = {after: from.after, since: from.since}
  for (;;) {
    const {data, page} = await read({...from, ...position, limit: PAGE})
    for (const event of data) watcher.event(event)
    await watcher.flushed()
    if (!page.has_more) return page.after
    position = {after: page.after, since: undefined}
  }
}

export interface LocalFollow {
  read: ReadEvents
  clock: Clock
  random: () => number
  signal: AbortSignal
  since: string
  filter: EventFilterFlags
}

/** Follows the log of this machine's data by looking often; needs no server. Ends when `signal` aborts. */
export async function followLocal(options: LocalFollow, watcher: Watcher): Promise<void> {
  const {read, clock, signal, filter} = options
  let position: {after?: string; since?: string} = {since: options.since}
  let trouble: {since: number; attempt: number} | undefined
  let seen = 0
  const counting = {...watcher, event: (event: EventRecord) => void (seen++, watcher.event(event))}
  while (!signal.aborted) {
    try {
      seen = 0
      position = {after: await readThrough(read, counting, {...filter, ...position})}
      if (trouble) watcher.back({ms: clock.monotonic() - trouble.since, replayed: seen})
      trouble = undefined
      await clock.sleep(POLL_MS, signal)
    } catch (error) {
      if (!(error instanceof PytakeError) || error.code !== 'UNAVAILABLE') throw error
      if (!trouble) watcher.lost(error.message)
      trouble = {since: trouble?.since ?? clock.monotonic(), attempt: (trouble?.attempt ?? -1) + 1}
      await clock.sleep(backoff(trouble.attempt, options.random()), signal)
    }
  }
}
