import {expect, it} from 'vitest'
import type {ErrorClass, ProviderError} from '../../src/channels/errors.ts'
import {MOST_ATTEMPTS, nextStep} from '../../src/delivery/retry.ts'

const random = {number: () => 0.5, bytes: (n: number) => Buffer.alloc(n)}
const error = (kind: ErrorClass, more: Partial<ProviderError> = {}): ProviderError => ({
  code: '1',
  class: kind,
  message: '',
  nextStep: '',
  ...more,
})

it('tries again with growing gaps, never sooner than the provider asked, and not for ever', () => {
  expect(nextStep(error('retry_after'), 1, random)).toEqual({retry: 750})
  expect(nextStep(error('retry_after'), 4, random)).toEqual({retry: 6000})
  expect(nextStep(error('retry_after', {retryAfterMs: 60_000}), 1, random)).toEqual({retry: 60_000})
  expect(nextStep(error('retry_later'), 1, random)).toEqual({retry: 45_000})
  expect(nextStep(error('retry_after'), MOST_ATTEMPTS, random)).toEqual({fail: true})
})

it.each<[ErrorClass, ReturnType<typeof nextStep>]>([
  ['stop_lane', {stopLane: true}],
  ['stop_recipient', {fail: true}],
  ['fix_template', {fail: true}],
  ['fix_request', {fail: true}],
  ['unknown', {fail: true}],
])('does with %s what the class says', (kind, next) => {
  expect(nextStep(error(kind), 1, random)).toEqual(next)
})
