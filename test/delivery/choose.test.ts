import {describe, expect, it} from 'vitest'
import {channels} from '../../src/channels/registry.ts'
import {fullBucket, keepBuckets, paceOfRate, refilled, waitFor} from '../../src/delivery/bucket.ts'
import {choose, type ChooseFacts} from '../../src/delivery/choose.ts'
import type {Claimed} from '../../src/delivery/claim.ts'

const now = 1_800_000_000_000
const claimed = (n: number, more: Partial<Claimed> = {}): Claimed => ({
  id: `m${n}`,
  conversationId: 'c',
  contactId: 'p',
  recipient: `wa_id:551198765${String(n).padStart(4, '0')}`,
  priority: 0,
  purpose: 'reply',
  attempts: 0,
  expiresAt: now + 1e7,
  content: {kind: 'text', text: `n${n}`},
  optedIn: true,
  lastInboundAt: now - 1000,
  contactName: null,
  contactPhone: null,
  ...more,
})
const facts = (candidates: Claimed[], more: Partial<ChooseFacts> = {}): ChooseFacts => ({
  now,
  channel: channels.official,
  candidates,
  busy: new Set(),
  sockets: 32,
  pace: null,
  bucket: null,
  pairs: new Map(),
  quota: {left: Number.POSITIVE_INFINITY, until: now + 1e6, reason: 'daily_limit'},
  ...more,
})
const ids = (list: {message: Claimed}[]) => list.map(({message}) => message.id)

describe('choosing what goes out', () => {
  it('sends no more than there are free sockets, in order', () => {
    const plan = choose(
      facts(
        [1, 2, 3, 4].map((n) => claimed(n)),
        {sockets: 2},
      ),
    )
    expect(ids(plan.send)).toEqual(['m1', 'm2'])
    expect(plan.keep.map(({id}) => id)).toEqual(['m3', 'm4'])
  })

  it('sends one message per recipient at a time', () => {
    const recipient = 'wa_id:5511987650001'
    const plan = choose(facts([claimed(1, {recipient}), claimed(2, {recipient})]))
    expect(ids(plan.send)).toEqual(['m1'])
    expect(choose(facts([claimed(3, {recipient})], {busy: new Set([recipient])})).send).toEqual([])
  })

  it('keeps to the rate and says when the next token is there', () => {
    const pace = paceOfRate(60)
    const plan = choose(
      facts(
        [...Array(12).keys()].map((n) => claimed(n)),
        {pace},
      ),
    )
    expect(plan.send).toHaveLength(10)
    expect(plan.wakeAt).toBe(now + 1000)
  })

  it('keeps a fifth of the burst for replies', () => {
    const campaign = [...Array(12).keys()].map((n) => claimed(n, {priority: 1}))
    const plan = choose(facts(campaign, {pace: paceOfRate(60)}))
    expect(plan.send).toHaveLength(8)
    expect(choose(facts([claimed(50)], {pace: paceOfRate(60), bucket: plan.bucket})).send).toHaveLength(1)
  })

  it('puts back a recipient who got too much, with the time when it may go', () => {
    const message = claimed(1)
    const pairs = new Map([[message.recipient, {tokens: 0.5, at: now}]])
    const plan = choose(facts([message, claimed(2)], {pairs}))
    expect(plan.postponed).toEqual([{message, until: now + 3000, reason: 'pair_rate'}])
    expect(ids(plan.send)).toEqual(['m2'])
  })

  it('stops at the limit of the day', () => {
    const plan = choose(facts([claimed(1), claimed(2)], {quota: {left: 1, until: now + 5000, reason: 'daily_limit'}}))
    expect(ids(plan.send)).toEqual(['m1'])
    expect(plan.postponed.map(({until, reason}) => [until, reason])).toEqual([[now + 5000, 'daily_limit']])
  })

  it('turns away what WhatsApp would refuse, with the field and the limit', () => {
    const plan = choose(facts([claimed(1, {content: {kind: 'text', text: 'x'.repeat(4097)}})]))
    expect(plan.away[0]).toMatchObject({reason: 'invalid'})
    expect(plan.away[0]?.detail).toMatch(/text.*4096/)
  })
})

describe('a bucket', () => {
  it('refills with time, up to its capacity, and not when the clock steps back', () => {
    const pace = {capacity: 10, refillMs: 6000}
    const spent = {...fullBucket(pace, now), tokens: 0}
    expect(refilled(spent, pace, now + 12_000).tokens).toBe(2)
    expect(refilled(spent, pace, now + 1e9).tokens).toBe(10)
    expect(refilled(spent, pace, now - 1e9)).toEqual(spent)
    expect(waitFor(spent, pace)).toBe(6000)
  })

  it('is forgotten once it is full again, and those behind it that are not are not even looked at', () => {
    const pace = {capacity: 10, refillMs: 6000}
    const spent = (tokens: number, at: number) => ({tokens, at})
    const kept = new Map([
      ['first', spent(9, now)],
      ['second', spent(9, now)],
      ['third', spent(5, now)],
      ['fourth', spent(9, now)],
    ])
    keepBuckets(kept, new Map([['first', spent(8, now + 6000)]]), {pace, now: now + 6000})
    expect([...kept.keys()]).toEqual(['third', 'fourth', 'first'])
    keepBuckets(kept, new Map(), {pace, now: now + 60_000})
    expect(kept.size).toBe(0)
  })
})
