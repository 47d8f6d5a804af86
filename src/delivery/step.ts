import type {Holder} from '../base/holder.ts'
import type {Runtime} from '../runtime/runtime.ts'
import type {Row, Tx} from '../store/database.ts'
import {inList} from '../store/in-list.ts'
import {prepared} from '../store/prepared.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import type {TenantInfo} from '../tenants/tenant-cache.ts'
import {type Pace, paceOfRate} from './bucket.ts'
import {choose, type ChooseFacts, type Plan} from './choose.ts'
import {claim, type Claimed, keepClaimed} from './claim.ts'
import {contextOf, type LaneContext, tellDailyLimit} from './lane-context.ts'
import {type Attempt, type LaneMemory, type LaneOptions, SOCKETS} from './lane-memory.ts'
import {openState} from './queue-state.ts'
import {acquire, type LaneState, LEASE_MS, release, renew} from './lease.ts'
import {doubtSending, requeueClaimed} from './take-over.ts'
import {type LaneNews, settle, settleGate} from './settle.ts'

type TenantTx = Tx<TenantSchema>

const SLOW_MS = 60_000
const MOST_KNOWN = 20_000
/** How often a busy lane looks for what an earlier holder left on the wire. */
const SWEEP_MS = 5000
/** The provider's own ceiling, from which an unlimited lane slows down. */
const CEILING_PER_MINUTE = 80 * 60

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
 * `sending`. Only after it is on disk does anything touch a socket (rules 5.1).
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
    const state = await renew(tx, options.configId, lane.epoch, now)
    if (state && sweeping) await doubtSending(tx, {configId: options.configId, epoch: lane.epoch, now})
    const context = await contextOf(tx, deps, options.configId, {tenant, now})
    // Results count by attempt, even from a holder that was fenced (rules 5.2).
    const news = await settle(tx, finished, {...context, known: lane.known})
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
    await writeLane(tx, {options, state, news, plan: taken.plan, now})
    tellDailyLimit(tx, context, news.accepted)
    if (taken.send.length > 0) deps.crash('lane.before_sending')
    return {...taken, learned: news.learned}
  })
  deps.crash('lane.after_result')
  lane.finished.splice(0, finished.length)
  lane.unsent.splice(0, unsent.length)
  if (!result) return {fenced: true, send: [], wakeAt: null, more: false}
  if (result.send.length > 0) deps.crash('lane.after_sending')
  remember(lane, result, started + LEASE_MS, now)
  return {
    fenced: false,
    send: result.send,
    wakeAt: result.plan.wakeAt,
    more: result.more && lane.inFlight.size + result.send.length < SOCKETS,
  }
}

interface Taking {
  deps: StepDeps
  options: LaneOptions
  lane: LaneMemory
  working: boolean
  state: LaneState
  context: LaneContext
  /** Counted by this very step. */
  accepted: number
}

interface Taken {
  plan: Plan
  send: Attempt[]
  /** There was more than this step could take. */
  more: boolean
}

/** Takes from the queue what free sockets can carry, and marks what goes out. */
async function take(tx: TenantTx, taking: Taking): Promise<Taken> {
  const {deps, options, lane, working, context} = taking
  const {now} = context
  const room = working ? Math.max(0, SOCKETS - lane.inFlight.size - lane.buffer.length) : 0
  const fresh = room > 0 ? await claim(tx, options.configId, {now, limit: room}) : []
  if (fresh.length > 0) deps.crash('lane.claimed')
  const plan = working ? choose(factsOf(taking, fresh)) : holdBack(lane, now)
  const {go, away} = await stillClaimed(tx, lane.buffer, plan)
  await settleGate(tx, {away, postponed: plan.postponed}, context)
  const send = go.map((one): Attempt => ({...one, attemptId: deps.ids.next().slice(-12), config: context.version}))
  const kept = fresh.filter((message) => plan.keep.includes(message))
  await keepClaimed(tx, kept, lane.epoch)
  await markSending(tx, send, lane.epoch, now)
  return {plan, send, more: room > 0 && fresh.length === room && kept.length < room}
}

function remember(
  lane: LaneMemory,
  {plan, learned}: {plan: Plan; learned: readonly string[]},
  leaseEnds: number,
  now: number,
): void {
  lane.leaseEnds = leaseEnds
  lane.buffer = plan.keep
  lane.bucket = plan.bucket
  for (const [recipient, bucket] of plan.pairs) lane.pairs.set(recipient, bucket)
  if (lane.pairs.size > 10_000) {
    for (const [recipient, bucket] of lane.pairs) if (now - bucket.at > SLOW_MS) lane.pairs.delete(recipient)
  }
  if (lane.known.size > MOST_KNOWN) lane.known.clear()
  for (const one of learned) lane.known.add(one)
}

/** Nothing may go out now: what was claimed goes back. */
const holdBack = (lane: LaneMemory, now: number): Plan => ({
  send: [],
  away: [],
  postponed: lane.buffer.map((message) => ({message, until: now, reason: 'lane is not running'})),
  keep: [],
  bucket: lane.bucket,
  pairs: new Map(),
  wakeAt: null,
})

function factsOf({options, lane, state, context, accepted}: Taking, fresh: readonly Claimed[]): ChooseFacts {
  const {now} = context
  return {
    now,
    channel: options.channel,
    candidates: [...lane.buffer, ...fresh],
    busy: new Set(lane.inFlight.keys()),
    sockets: SOCKETS - lane.inFlight.size,
    pace: paceOf(context.ratePerMinute, state, now),
    bucket: lane.bucket,
    pairs: lane.pairs,
    quota: {...context.quota, left: context.quota.left - lane.inFlight.size - accepted},
  }
}

function paceOf(perMinute: number | null, state: LaneState, now: number): Pace | null {
  if (state.slowUntil === null || state.slowUntil <= now) return paceOfRate(perMinute)
  return paceOfRate(Math.max(1, (perMinute ?? CEILING_PER_MINUTE) * (state.slowFactor ?? 1)))
}

const present = prepared<TenantSchema, {ids: string[]}, {id: string}>((db, {ids}, engine) => {
  const query = db
    .selectFrom('outbox')
    .select('id')
    .where(inList(engine, 'id', ids))
  return (engine === 'postgres' ? query.forUpdate() : query).compile()
})

/** A person may cancel what was claimed by an earlier step and is not yet on the wire: such rows are gone. */
async function stillClaimed(
  tx: TenantTx,
  buffer: readonly Claimed[],
  {send, away}: Plan,
): Promise<{go: Plan['send']; away: Plan['away']}> {
  if (buffer.length === 0) return {go: send, away}
  const {rows} = await present(tx, {ids: buffer.map(({id}) => id)})
  const there = new Set(rows.map(({id}) => id))
  const gone = new Set(buffer.filter(({id}) => !there.has(id)))
  return {
    go: send.filter(({message}) => !gone.has(message)),
    away: away.filter(({message}) => !gone.has(message)),
  }
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

async function markSending(tx: TenantTx, send: readonly Attempt[], epoch: number, now: number): Promise<void> {
  await tx.update(
    'outbox',
    ['id'],
    send.map(({message, attemptId}) => ({
      id: message.id,
      state: 'sending',
      attempt_id: attemptId,
      epoch,
      reason: null,
      sending_at: new Date(now),
    })),
  )
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
