import type {Clock} from '../base/clock.ts'
import type {Ids, Random} from '../base/ids.ts'
import {createFaults, type Faults} from './faults.ts'
import {createPostman, type Postman} from './postman.ts'
import {createRing, type Ring} from './ring.ts'
import {createTimeline, type Timeline} from './timeline.ts'

/** A message one of the stand-ins took. `body` is the request as it was sent. */
export interface AcceptedMessage {
  id: string
  at: number
  channel: 'cloud' | 'evolution'
  /** Phone number id or instance name. */
  via: string
  /** As the sender wrote it. */
  to: string
  /** The account it goes to: digits on Cloud, a jid on Evolution. */
  account: string
  type: string
  body: unknown
  callbackData?: string
}

export interface Counters {
  accepted: number
  /** Requests to send that were answered with an error of the provider's rules. */
  refused: number
  /** POSTs answered 2xx, POSTs that were not, those of them tried again, and updates given up or lost by a fault. */
  webhooksSent: number
  webhooksFailed: number
  webhookRetries: number
  updatesSent: number
  updatesLost: number
  /** Status of the POST that failed last; 0 where nobody answered. */
  lastFailure: number | null
  /** Messages simulated people sent, and messages that reached them. */
  said: number
  received: number
}

export interface WorldSettings {
  latencyMs: number
  /** `sent` comes after this long, `delivered` after twice, `read` after four times. */
  statusDelayMs: number
  readReceipts: boolean
  autoStatuses: boolean
  keepMessages: number
  /** Longest wait before a webhook is tried again. */
  retryAtMostMs: number
}

/** What both stand-ins share. */
export interface World {
  clock: Clock
  random: Random
  ids: Ids
  settings: WorldSettings
  faults: Faults
  timeline: Timeline
  postman: Postman
  counters: Counters
  accepted: Ring<AcceptedMessage>
  /** Updates queued or on the wire. */
  queued(change: number): void
  readonly pending: number
  /** Resolves when nothing is queued, on the wire or due. */
  idle(): Promise<void>
  close(): Promise<void>
}

export interface WorldOptions {
  clock: Clock
  random: Random
  ids: Ids
  settings: WorldSettings
  faults: readonly string[]
}

export function createWorld({clock, random, ids, settings, faults}: WorldOptions): World {
  let queued = 0
  let waiting: (() => void)[] = []
  const pending = () => queued + timeline.size
  const settled = () => {
    if (waiting.length === 0 || pending() > 0) return
    const resolve = waiting
    waiting = []
    for (const done of resolve) done()
  }
  const timeline = createTimeline(clock, settled)
  const postman = createPostman()
  return {
    ...{clock, random, ids, settings, timeline, postman},
    faults: createFaults(random, faults),
    counters: noCounters(),
    accepted: createRing(settings.keepMessages),
    queued(change) {
      queued += change
      if (queued === 0) settled()
    },
    get pending() {
      return pending()
    },
    idle: () =>
      new Promise((resolve) => {
        waiting.push(resolve)
        setImmediate(settled)
      }),
    async close() {
      timeline.close()
      await postman.close()
    },
  }
}

const noCounters = (): Counters => ({
  ...{accepted: 0, refused: 0, said: 0, received: 0},
  ...{webhooksSent: 0, webhooksFailed: 0, webhookRetries: 0, updatesSent: 0, updatesLost: 0, lastFailure: null},
})
