import type {Kysely} from 'kysely'
import type {Runtime} from '../runtime/runtime.ts'
import type {Tx} from '../store/database.ts'
import {inList} from '../store/in-list.ts'
import {prepared} from '../store/prepared.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'
import {type Pace, paceOfRate} from './bucket.ts'
import {choose, type ChooseFacts, type Plan} from './choose.ts'
import {claim, type Claimed} from './claim.ts'
import type {LaneContext} from './lane-context.ts'
import {type Attempt, type LaneMemory, type LaneOptions} from './lane-memory.ts'
import type {LaneState} from './lease.ts'
import {settleGate} from './settle.ts'
import {SOCKETS} from './sockets.ts'

type TenantTx = Tx<TenantSchema>

/** The provider's own ceiling, from which an unlimited lane slows down. */
const CEILING_PER_MINUTE = 80 * 60

interface Taking {
  deps: Pick<Runtime, 'ids' | 'crash'>
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
  /** To be marked with `markSending`. */
  send: Attempt[]
  /** To be marked with `keepClaimed`. */
  kept: Claimed[]
  /** There was more than this step could take. */
  more: boolean
}

/** Takes from the queue what free sockets can carry. */
export async function take(tx: TenantTx, taking: Taking): Promise<Taken> {
  const {deps, options, lane, working, context} = taking
  const {now} = context
  const room = working ? Math.max(0, SOCKETS - lane.inFlight.size - lane.buffer.length) : 0
  const fresh = room > 0 ? await claim(tx, options.configId, {now, limit: room}) : []
  if (fresh.length > 0) deps.crash('lane.claimed')
  const plan = working ? choose(factsOf(taking, fresh)) : holdBack(lane, now)
  const {go, away} = await stillClaimed(tx, lane.buffer, plan)
  await settleGate(tx, {away, postponed: plan.postponed}, context)
  // It tells the attempts of one message apart, so those of one step may share it.
  const attemptId = deps.ids.next().slice(-12)
  const send = go.map(({message, content}): Attempt => ({message, content, attemptId, config: context.version}))
  const kept = fresh.filter((message) => plan.keep.includes(message))
  return {plan, send, kept, more: room > 0 && fresh.length === room && kept.length < room}
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

/** Marks what goes out once this is on disk. */
export async function markSending(tx: TenantTx, send: readonly Attempt[], epoch: number, now: number): Promise<void> {
  const [first] = send
  if (!first) return
  const ids = send.map(({message}) => message.id)
  await toSending(tx, {ids, attemptId: first.attemptId, epoch, now: new Date(now)})
}

const toSending = prepared(
  (
    db: Kysely<TenantSchema>,
    {ids, attemptId, epoch, now}: {ids: string[]; attemptId: string; epoch: number; now: Date},
    engine,
  ) =>
    db
      .updateTable('outbox')
      .set({state: 'sending', attempt_id: attemptId, epoch, reason: null, sending_at: now})
      .where(inList(engine, 'id', ids))
      .compile(),
)
