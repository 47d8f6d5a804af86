import type {Content} from '../base/message.ts'
import type {Channel} from '../channels/channel.ts'
import {type Bucket, fullBucket, type Pace, refilled, waitFor} from './bucket.ts'
import type {Claimed} from './claim.ts'
import {gate} from './gate.ts'
import type {Postponed, TurnedAway} from './results.ts'

/** Campaigns may not take this share of a lane's burst, so that a reply always finds room. */
const RESERVED_FOR_REPLIES = 0.2

export interface Quota {
  left: number
  until: number
  reason: 'daily_limit' | 'plan_limit'
}

export interface ChooseFacts {
  now: number
  channel: Channel
  candidates: readonly Claimed[]
  /** Recipients with a message on the wire. */
  busy: ReadonlySet<string>
  sockets: number
  /** Null: no limit. */
  pace: Pace | null
  bucket: Bucket | null
  pairs: ReadonlyMap<string, Bucket>
  /** How many more the limits of day and month allow, and what holds back after that until when. */
  quota: Quota
}

export interface Plan {
  send: {message: Claimed; content: Content}[]
  away: TurnedAway[]
  postponed: Postponed[]
  /** Claimed, but not yet: no socket or no token is free. */
  keep: Claimed[]
  bucket: Bucket | null
  pairs: Map<string, Bucket>
  /** When a token will be there for what is kept, ms; null when sockets are what is missing. */
  wakeAt: number | null
}

/** Decides for each claimed message: send now, turn away, put back until later, or keep. Pure. */
export function choose(facts: ChooseFacts): Plan {
  const {now, channel, pace} = facts
  const plan: Plan = {send: [], away: [], postponed: [], keep: [], bucket: null, pairs: new Map(), wakeAt: null}
  let bucket = pace ? refilled(facts.bucket ?? fullBucket(pace, now), pace, now) : null
  let {left} = facts.quota
  const busy = new Set(facts.busy)
  for (const message of facts.candidates) {
    if (busy.has(message.recipient) || plan.send.length >= facts.sockets || plan.wakeAt !== null) {
      plan.keep.push(message)
      continue
    }
    const content = passGate(facts, plan, message, left <= 0)
    if (!content) continue
    const pair = refilled(
      plan.pairs.get(message.recipient) ??
        facts.pairs.get(message.recipient) ??
        fullBucket(channel.capabilities.pair, now),
      channel.capabilities.pair,
      now,
    )
    const pairWait = waitFor(pair, channel.capabilities.pair)
    if (pairWait > 0) {
      plan.postponed.push({message, until: now + pairWait, reason: 'pair_rate'})
      continue
    }
    const wait =
      bucket && pace ? waitFor(bucket, pace, message.priority > 0 ? pace.capacity * RESERVED_FOR_REPLIES : 0) : 0
    if (wait > 0) {
      plan.wakeAt = now + wait
      plan.keep.push(message)
      continue
    }
    if (bucket) bucket = {...bucket, tokens: bucket.tokens - 1}
    plan.pairs.set(message.recipient, {...pair, tokens: pair.tokens - 1})
    busy.add(message.recipient)
    left--
    plan.send.push({message, content})
  }
  plan.bucket = bucket
  return plan
}

function passGate(facts: ChooseFacts, plan: Plan, message: Claimed, isFull: boolean): Content | undefined {
  const verdict = gate({
    now: facts.now,
    content: message.content,
    fallback: message.fallback,
    purpose: message.purpose,
    optedIn: message.optedIn,
    capabilities: facts.channel.capabilities,
    lastInboundAt: message.lastInboundAt,
    expiresAt: message.expiresAt,
    limit: isFull ? facts.quota : null,
  })
  if ('fail' in verdict) {
    plan.away.push({message, reason: verdict.fail})
    return undefined
  }
  if ('wait' in verdict) {
    plan.postponed.push({message, until: verdict.wait, reason: verdict.reason})
    return undefined
  }
  const [problem] = facts.channel.check(verdict.go)
  if (!problem) return verdict.go
  plan.away.push({message, reason: 'invalid', detail: `${problem.field}: ${problem.message}`})
  return undefined
}
