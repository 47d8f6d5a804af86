import type {Clock} from '../base/clock.ts'
import {messageOf} from '../base/errors.ts'
import {createWaker} from '../base/waker.ts'
import type {Logger} from '../observability/logger.ts'
import {headsOf, isAsFar, isSamePlace, logsOf, type Place, readLogs} from '../operations/event-logs.ts'
import {tenantMetrics, type TenantMetrics} from '../operations/tenant-metrics.ts'
import {isServed} from '../operations/tenant-of.ts'
import type {Runtime} from '../runtime/runtime.ts'
import {isCannotResume} from '../store/event-log.ts'
import type {Batch, Subscriber} from './subscriber.ts'

type Deps = Pick<Runtime, 'stores' | 'clock' | 'log'>

/** A subscriber, and what to do when it cannot be served any more. */
export interface Member {
  subscriber: Subscriber
  end: (reason: 'cannotResume' | 'forbidden', words: string) => void
}

/** Reads one tenant's log, and the platform's beside it, once for all who follow the tenant. */
export interface Feed {
  /** How far the logs were read for everybody. */
  place: () => Place
  join(member: Member): void
  leave(member: Member): void
  /** This process wrote to one of the logs. */
  wake(): void
  read(after: Place): Promise<Batch>
  stop(): void
}

/** What other processes write is seen this soon. */
const POLL_MS = 250
const TROUBLE_MS = 1000
const CHECK_TENANT_MS = 2000
const METRICS_MS = 1000
const PAGE = 500

/** Starts at the end of the logs. Work stops while nobody listens; `onEmpty` tells the owner. */
export async function openFeed(
  deps: Deps,
  {tenantId, timeZone, onEmpty}: {tenantId: string; timeZone: string; onEmpty: () => void},
): Promise<Feed> {
  const {stores, clock, log} = deps
  const db = stores.tenant(tenantId)
  const group = groupOf(log)
  const {members} = group
  const waker = createWaker(clock)
  const logs = logsOf(stores, db)
  let place = await headsOf(logs)
  let isStopped = false
  const isCheckDue = every(clock, CHECK_TENANT_MS)
  const figures = figuresOf(clock, (now) => tenantMetrics(db, {now, timeZone}))

  const read = async (after: Place): Promise<Batch> => ({...(await readLogs(logs, {after, limit: PAGE})), after})
  const endAll = (...why: Parameters<Member['end']>) => [...members].forEach((member) => member.end(...why))

  const fanOut = async () => {
    const batch = await read(place)
    place = batch.last
    group.spread(batch)
    return !isAsFar(batch.last, batch.heads)
  }
  const look = async () => {
    try {
      // Reading on would make a removed tenant's database anew.
      if (isCheckDue() && !(await isServed(stores, tenantId))) endAll('forbidden', 'The tenant was removed.')
      while (members.size > 0 && (await fanOut())) await new Promise(setImmediate)
      await figures.tell([...members])
    } catch (error) {
      if (isCannotResume(error)) return endAll('cannotResume', error.message)
      await putOff(error, {clock, log})
    }
  }
  const loop = async () => {
    while (!isStopped && members.size > 0) {
      await look()
      await waker.wait(POLL_MS)
    }
    running = undefined
    if (members.size === 0) onEmpty()
  }
  let running: Promise<void> | undefined

  return {
    place: () => place,
    join(member) {
      group.add(member)
      figures.forget()
      running ??= loop()
    },
    leave(member) {
      group.remove(member)
      member.subscriber.close()
    },
    wake: waker.wake,
    read,
    stop() {
      isStopped = true
      waker.wake()
    },
  }
}

/** All who follow, and those of them who are not with the others: a look that finds nothing new costs these alone. */
function groupOf(log: Logger) {
  const members = new Set<Member>()
  const behind = new Set<Member>()
  return {
    members: members as ReadonlySet<Member>,
    add(member: Member) {
      members.add(member)
      behind.add(member)
      catchUp(member, log)
    },
    remove(member: Member) {
      members.delete(member)
      behind.delete(member)
    },
    spread(batch: Batch) {
      if (!isSamePlace(batch.last, batch.after)) {
        for (const member of members) {
          member.subscriber.offer(batch)
          if (!member.subscriber.isLive) behind.add(member)
        }
      }
      for (const member of behind) {
        if (member.subscriber.isLive) behind.delete(member)
        else catchUp(member, log)
      }
    },
  }
}

async function putOff(error: unknown, {clock, log}: Pick<Deps, 'clock' | 'log'>): Promise<void> {
  log.warn({error: messageOf(error)}, 'the event log could not be read')
  await clock.sleep(TROUBLE_MS)
}

function catchUp({subscriber, end}: Member, log: Logger): void {
  subscriber.catchUp()?.catch((error: unknown) => {
    if (isCannotResume(error)) return end('cannotResume', error.message)
    // The next look at the log tries again.
    log.warn({error: messageOf(error)}, 'a follower could not read the event log')
  })
}

/** True once in so many milliseconds. */
function every(clock: Clock, ms: number): () => boolean {
  let last = clock.monotonic()
  return () => {
    if (clock.monotonic() - last < ms) return false
    last = clock.monotonic()
    return true
  }
}

/** Tells the figures to who wants them, at most once a second and only when they changed. */
function figuresOf(clock: Clock, measure: (now: number) => Promise<TenantMetrics>) {
  let at = Number.NEGATIVE_INFINITY
  let last = ''
  return {
    async tell(members: readonly Member[]) {
      const wanting = members.filter(({subscriber}) => subscriber.wantsMetrics)
      if (wanting.length === 0 || clock.monotonic() - at < METRICS_MS) return
      at = clock.monotonic()
      const metrics = await measure(clock.now())
      const text = JSON.stringify(metrics)
      if (text === last) return
      last = text
      for (const {subscriber} of wanting) subscriber.notice('metrics_updated', metrics)
    },
    /** Somebody new has to hear them, changed or not. */
    forget: () => void (last = ''),
  }
}
