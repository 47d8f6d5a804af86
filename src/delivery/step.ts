import type {Holder} from '../base/holder.ts'
import type {Runtime} from '../runtime/runtime.ts'
import type {Row, Tx} from '../store/database.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import {together} from '../store/together.ts'
import type {TenantInfo} from '../tenants/tenant-cache.ts'
import {keepBuckets, type Pace} from './bucket.ts'
import type {Plan} from './choose.ts'
import {keepClaimed} from './claim.ts'
import {contextOf, tellDailyLimit} from './lane-context.ts'
import {type Attempt, type LaneMemory, type LaneOptions} from './lane-memory.ts'
import {openState} from './queue-state.ts'
import {acquire, type LaneState, LEASE_MS, release, renew} from './lease.ts'
import {SOCKETS} from './sockets.ts'
import {doubtSending, requeueClaimed} from './take-over.ts'
import {type LaneNews, settle} from './settle.ts'
import {writeSent} from './settle-accepted.ts'
import {markSending, take} from './take.ts'

type TenantTx = Tx<TenantSchema>

const SLOW_MS = 60_000
const MOST_KNOWN = 20_000
/** How often a busy lane looks for what an earlier holder left on the wire. */
const SWEEP_MS = 5000
export type StepDeps = Pick<Runtime, 'clock' | 'ids' | 'random' | 'crash'> & {
  holder: Holder
  tenant: (id: string) => Promise<TenantInfo>
  armed: () => boolean
  /** Called after each step: what waits may be due at another time now. */
  touched: () => void
}

export interface StepOutcome {
  fenced: boolean
  send: Attempt[]
  wakeAt: number | null
  /** There may be more to claim right away. */
  more: boolean
}

/** Takes the lane and cleans up after its last holder; undefined while somebody else holds it. */
export async function openLane(deps: StepDeps, {db, configId}: LaneOptions): Promise<LaneMemory | undefined> {
  const started = deps.clock.monotonic()
  const now = deps.clock.now()
  const state = await db.write(async (tx) => {
    const lane = await acquire(tx, configId, deps.holder, now)
    if (!lane) return undefined
    const {epoch, dead} = lane
    await requeueClaimed(tx, {configId, epoch, now})
    await doubtSending(tx, {configId, epoch, dead, now})
    return lane
  })
  if (!state) return undefined
  const bucket = state.tokens === null || state.tokensAt === null ? null : {tokens: state.tokens, at: state.tokensAt}
  return {
    epoch: state.epoch,
    leaseEnds: started + LEASE_MS,
    sweptAt: started,
    buffer: [],
    inFlight: new Map(),
    finished: [],
    unsent: [],
    pairs: new Map(),
    bucket,
    known: new Set(),
  }
}

/**
 * One transaction: prolong the lease, write the results that came in, claim what fits, and mark what goes out next as
 * `sending`. Only after it is on disk does anything touch a socket.
 */
export async function step(
  deps: StepDeps,
  options: LaneOptions,
  lane: LaneMemory,
  {claiming}: {claiming: boolean},
): Promise<StepOutcome> {
  const {clock} = deps
  const tenant = await deps.tenant(options.db.name)
  const started = clock.monotonic()
  const now = clock.now()
  const finished = lane.finished.slice()
  const unsent = lane.unsent.slice()
  const sweeping = started - lane.sweptAt > SWEEP_MS
  if (sweeping) lane.sweptAt = started
  deps.crash('lane.before_result')
  const result = await options.db.write(async (tx) => {
    const [state, context, sent] = await together(
      renew(tx, options.configId, lane.epoch, now),
      contextOf(tx, deps, options.configId, {tenant, now}),
      // Results count by attempt, even from a holder that was fenced.
      writeSent(tx, finished),
    )
    if (state && sweeping) await doubtSending(tx, {configId: options.configId, epoch: lane.epoch, now})
    const news = await settle(tx, {finished, sent}, {...context, known: lane.known})
    await requeueUnsent(tx, unsent, now)
    if (!state) return undefined
    const working =
      claiming &&
      state.state === 'running' &&
      !news.stop &&
      deps.armed() &&
      tenant.billing.status === 'active' &&
      context.active
    const taken = await take(tx, {deps, options, lane, working, state, context, accepted: news.accepted})
    tx.leave(
      keepClaimed(tx, taken.kept, lane.epoch),
      markSending(tx, taken.send, lane.epoch, now),
      writeLane(tx, {options, state, news, plan: taken.plan, now}),
    )
    tellDailyLimit(tx, context, news.accepted)
    if (taken.send.length > 0) deps.crash('lane.before_sending')
    return {...taken, learned: news.learned}
  })
  deps.crash('lane.after_result')
  lane.finished.splice(0, finished.length)
  lane.unsent.splice(0, unsent.length)
  if (!result) return {fenced: true, send: [], wakeAt: null, more: false}
  if (result.send.length > 0) deps.crash('lane.after_sending')
  remember(lane, result, {leaseEnds: started + LEASE_MS, pace: options.channel.capabilities.pair, now})
  return {
    fenced: false,
    send: result.send,
    wakeAt: result.plan.wakeAt,
    more: result.more && lane.inFlight.size + result.send.length < SOCKETS,
  }
}

function remember(
  lane: LaneMemory,
  {plan, learned}: {plan: Plan; learned: readonly string[]},
  {leaseEnds, pace, now}: {leaseEnds: number; pace: Pace; now: number},
): void {
  lane.leaseEnds = leaseEnds
  lane.buffer = plan.keep
  lane.bucket = plan.bucket
  keepBuckets(lane.pairs, plan.pairs, {pace, now})
  if (lane.known.size > MOST_KNOWN) lane.known.clear()
  for (const one of learned) lane.known.add(one)
}

/** Marked as sending and surely not sent: back to the queue, unless somebody has judged that attempt already. */
async function requeueUnsent(tx: TenantTx, unsent: readonly Attempt[], now: number): Promise<void> {
  for (const {message, attemptId} of unsent) {
    await tx.db
      .updateTable('outbox')
      .set({state: 'queued', attempt_id: null, epoch: null, due_at: new Date(now), reason: 'lease'})
      .where('id', '=', message.id)
      .where('attempt_id', '=', attemptId)
      .where('state', '=', 'sending')
      .execute()
  }
}

interface LaneWrite {
  options: LaneOptions
  state: LaneState
  news: LaneNews
  plan: Plan
  now: number
}

async function writeLane(tx: TenantTx, {options: {configId}, state, news, plan, now}: LaneWrite): Promise<void> {
  const row: Record<string, Row[string]> = {
    config_id: configId,
    tokens: plan.bucket?.tokens ?? null,
    tokens_at: plan.bucket ? new Date(plan.bucket.at) : null,
    updated_at: new Date(now),
  }
  const slow = news.slow.find((error) => error.slows === 'lane')
  if (slow && (state.slowUntil === null || state.slowUntil <= now)) {
    const factor = Math.max(
      0.1,
      (state.slowUntil !== null && now - state.slowUntil < SLOW_MS ? (state.slowFactor ?? 1) : 1) / 2,
    )
    const until = now + Math.max(SLOW_MS, slow.retryAfterMs ?? 0)
    Object.assign(row, {slow_until_at: new Date(until), slow_factor: factor})
    tx.emit({
      type: 'lane_slowed',
      at: now,
      data: {config_id: configId, reason: slow.message, factor, until: new Date(until).toISOString()},
    })
  }
  if (news.stop) {
    Object.assign(row, {state: 'stopped', reason: `${news.stop.code}: ${news.stop.message}`})
    tx.emit({
      type: 'lane_stopped',
      at: now,
      data: {config_id: configId, error_code: news.stop.code, reason: news.stop.message, next_step: news.stop.nextStep},
    })
  }
  await tx.update('lanes', ['config_id'], [row])
}

/** On a clean stop: claimed rows back to the queue, the lease to whoever comes next. */
export async function giveBack({db, configId}: LaneOptions, lane: LaneMemory): Promise<void> {
  await db.write(async (tx) => {
    await tx.db
      .updateTable('outbox')
      .set({state: 'queued', epoch: null})
      .where('config_id', '=', configId)
      .where(openState('claimed'))
      .where('epoch', '=', lane.epoch)
      .execute()
    await release(tx, configId, lane.epoch)
  })
}
