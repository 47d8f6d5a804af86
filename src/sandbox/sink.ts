import type {World} from './world.ts'

/** One thing to tell a webhook. */
export interface Update {
  /** What faults can name. */
  kind: 'message' | 'status' | 'echo' | 'connection' | 'account'
  /** Updates of one key keep their order. */
  key: string
}

export interface Letter {
  url: string
  headers: Record<string, string>
  body: string
}

export interface SinkRules<U extends Update> {
  /** Most updates in one POST. */
  batch: number
  /** Queues with one POST under way each: the bound on concurrency. */
  lanes: number
  /** The POST for these updates; undefined when nobody listens. */
  write(updates: readonly U[]): Letter | undefined
  /** Wait before the next try in ms; undefined gives up. `attempt` counts from 1, status 0 is no answer. */
  retryAfter(attempt: number, status: number, firstAt: number): number | undefined
}

export interface Sink<U extends Update> {
  put(update: U): void
}

interface Lane<U> {
  queue: U[]
  busy: boolean
}

const HOLD_AT_MOST = 16
const HOLD_MS = 50

/** Queues updates for one receiver: in order per key, batched when many are waiting, tried again when not taken. */
export function createSink<U extends Update>(world: World, rules: SinkRules<U>): Sink<U> {
  const lanes = Array.from({length: rules.lanes}, (): Lane<U> => ({queue: [], busy: false}))
  const enqueue = (update: U) => {
    world.queued(1)
    const lane = lanes[bucketOf(update.key, lanes.length)]
    if (!lane) return
    lane.queue.push(update)
    if (lane.busy) return
    lane.busy = true
    setImmediate(() => void drain(lane))
  }
  const hold = holdBack(world, enqueue)

  async function drain(lane: Lane<U>): Promise<void> {
    while (lane.queue.length > 0) await deliver(lane.queue.splice(0, rules.batch))
    lane.busy = false
  }

  async function deliver(updates: U[]): Promise<void> {
    const letter = rules.write(updates)
    if (letter) return attempt({letter, size: updates.length, tries: 1, firstAt: world.clock.now()})
    giveUp(updates.length)
  }

  async function attempt(parcel: Parcel): Promise<void> {
    const status = await world.postman.post(parcel.letter.url, parcel.letter.headers, parcel.letter.body)
    if (status >= 200 && status < 300) {
      world.counters.webhooksSent++
      world.counters.updatesSent += parcel.size
      return world.queued(-parcel.size)
    }
    world.counters.webhooksFailed++
    world.counters.lastFailure = status
    const {retryAtMostMs} = world.settings
    // Where waits are cut short, a receiver that is away for a moment must not use up all tries.
    const isAway = status === 0 || status === 503
    const wait =
      isAway && retryAtMostMs < Infinity ? retryAtMostMs : rules.retryAfter(parcel.tries, status, parcel.firstAt)
    if (wait === undefined) return giveUp(parcel.size)
    world.timeline.after(Math.min(wait, retryAtMostMs), () => {
      world.counters.webhookRetries++
      void attempt({...parcel, tries: parcel.tries + 1})
    })
  }

  function giveUp(size: number): void {
    world.counters.updatesLost += size
    world.queued(-size)
  }

  return {put: (update) => throughFaults(world, update, update.kind, {enqueue, hold})}
}

interface Parcel {
  letter: Letter
  size: number
  tries: number
  firstAt: number
}

interface Ways<U> {
  enqueue: (update: U) => void
  hold: (update: U) => void
}

function throughFaults<U>(world: World, update: U, kind: string, {enqueue, hold}: Ways<U>): void {
  const fate = world.faults.webhook(kind)
  if (fate.lose) {
    world.counters.updatesLost++
    return
  }
  const send = fate.reorder ? hold : enqueue
  for (let copy = fate.duplicate ? 2 : 1; copy > 0; copy--) {
    if (fate.delayMs > 0) world.timeline.after(fate.delayMs, () => send(update))
    else send(update)
  }
}

/** Gathers updates for a while and lets them go in another order: long enough to mix all statuses of one message. */
function holdBack<U>(world: World, release: (update: U) => void): (update: U) => void {
  let held: U[] = []
  const flush = () => {
    const all = held
    held = []
    for (let left = all.length; left > 0; left--) {
      const [picked] = all.splice(Math.floor(world.random.number() * left), 1)
      if (picked !== undefined) release(picked)
    }
  }
  return (update) => {
    held.push(update)
    if (held.length === 1) world.timeline.after(4 * world.settings.statusDelayMs + HOLD_MS, flush)
    else if (held.length >= HOLD_AT_MOST) flush()
  }
}

function bucketOf(key: string, buckets: number): number {
  let hash = 0
  for (let at = 0; at < key.length; at++) hash = (hash * 31 + key.charCodeAt(at)) | 0
  return Math.abs(hash) % buckets
}
