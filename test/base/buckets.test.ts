import {expect, it} from 'vitest'
import {createBuckets} from '../../src/base/buckets.ts'

it('forgets the oldest callers, so that a flood from many addresses does not fill the memory', () => {
  let now = 0
  const buckets = createBuckets({monotonic: () => now}, {perSecond: 1, burst: 2})
  buckets.take('first')
  buckets.take('first')
  expect(buckets.look('first')).toMatchObject({allowed: false, retryAfter: 1})
  for (let n = 0; n < 10_000; n++) buckets.look(`seen ${n}`)
  expect(buckets.look('first').allowed).toBe(false)
  for (let n = 0; n < 10_000; n++) buckets.take(`guessing ${n}`)
  expect(buckets.look('first')).toMatchObject({allowed: true, remaining: 2})
  now = 1000
  expect(buckets.look('guessing 9999').remaining).toBe(2)
})
