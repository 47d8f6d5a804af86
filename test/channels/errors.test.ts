import {expect, it} from 'vitest'
import {HttpError} from '../../src/base/http-error.ts'
import {providerErrorOf} from '../../src/channels/cloud/error.ts'
import {failureStep, transportFailure} from '../../src/channels/errors.ts'

it('says what to do about a failure as the table of the provider has it', () => {
  expect(failureStep(providerErrorOf({code: 131_053}))).toBe('Check the file and send it again.')
})

it.each([
  ['an error that passes', providerErrorOf({code: 131_016})],
  ['a call that was not taken', transportFailure(new HttpError('connect', 'before', 'Nobody is there.')).error],
])('says nowhere that %s is tried again once it has failed', (...[, error]) => {
  expect(error.nextStep).toMatch(/^It is tried again by itself\./)
  expect(failureStep(error)).toBe('Send it again: pytake message resend ID')
})
