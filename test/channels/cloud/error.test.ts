import {describe, expect, it} from 'vitest'
import {errorCodes} from '../../../src/channels/cloud/error-codes.ts'
import {providerErrorOf} from '../../../src/channels/cloud/error.ts'
import {type ErrorClass, failureData, failureText} from '../../../src/channels/errors.ts'

/** Every code of Meta's documentation that we know of, and what it means for a message. */
const documented: Record<ErrorClass, number[]> = {
  retry_after: [1, 2, 130429, 131000, 131016, 131056, 131057, 133004, 2494100],
  retry_later: [4, 80007, 131049, 132069, 133008, 133009, 133015, 133016, 134101],
  stop_lane: [
    0, 3, 10, 33, 104, 190, 200, 210, 299, 368, 131005, 131031, 131037, 131042, 131044, 131045, 131048, 131063, 131064,
    133000, 133005, 133006, 133010, 134011, 134102,
  ],
  stop_recipient: [130403, 130472, 130497, 131021, 131026, 131030, 131050, 131062, 137000],
  fix_request: [
    100, 131008, 131009, 131020, 131041, 131047, 131051, 131052, 131053, 131055, 131059, 131060, 131203, 134100, 135000,
    138000, 138017, 139000, 139100,
  ],
  fix_template: [
    132000, 132001, 132005, 132007, 132008, 132012, 132015, 132016, 132018, 132068, 2388019, 2388039, 2388040, 2388047,
    2388072, 2388073, 2388293, 2388299,
  ],
  unknown: [],
}

const rows = Object.entries(documented).flatMap(([errorClass, codes]) => codes.map((code) => ({code, errorClass})))

describe('error codes', () => {
  it.each(rows)('$code is $errorClass, with a sentence and a next step', ({code, errorClass}) => {
    const error = providerErrorOf({code, message: `(#${code}) raw words`})
    expect(error).toMatchObject({code: String(code), class: errorClass, details: `(#${code}) raw words`})
    expect(error.message).toMatch(/^[A-Z0-9].*\.$/)
    expect(error.nextStep.length).toBeGreaterThan(8)
  })

  it('the table holds no code without a test', () => {
    const tested = new Set(rows.map(({code}) => String(code)))
    expect(Object.keys(errorCodes).filter((code) => !tested.has(code))).toEqual([])
  })

  it('everything that is tried again says when', () => {
    for (const {class: errorClass, retryAfterMs} of Object.values(errorCodes)) {
      if (errorClass.startsWith('retry')) expect(retryAfterMs).toBeGreaterThan(0)
    }
  })

  it.each([
    [130429, 'lane'],
    [131056, 'pair'],
    [4, 'lane'],
    [80007, 'lane'],
    [131026, undefined],
  ])('%i slows %s', (code, slows) => {
    expect(providerErrorOf({code}).slows).toBe(slows)
  })

  it('never sends marketing again within a day after 131049', () => {
    expect(providerErrorOf({code: 131049}).retryAfterMs).toBe(24 * 60 * 60 * 1000)
  })

  it('an expired token names the command that sets a new one', () => {
    expect(providerErrorOf({code: 190}).nextStep).toContain('pytake whatsapp edit NAME --access-token-file FILE')
  })

  it.each([
    ['details inside', {code: 100, message: 'm', error_data: {details: 'd'}}, 'd'],
    ['text in their place', {code: 100, message: 'm', error_data: 'd'}, 'd'],
    ['details outside', {code: 100, title: 't', details: 'd'}, 'd'],
    ['words for users', {code: 100, message: 'm', error_user_msg: 'u'}, 'u'],
    ['only a title', {code: 100, title: 't'}, 't'],
    ['nothing', {code: 100}, undefined],
  ])('finds %s', (_title, raw, details) => {
    expect(providerErrorOf(raw).details).toBe(details)
  })

  it.each([
    [{code: 999999}, 200, 'fix_request'],
    [{code: 999999}, 503, 'retry_after'],
    [{code: 999999, is_transient: true}, 400, 'retry_after'],
    [{}, 200, 'fix_request'],
    ['text', 200, 'fix_request'],
    [null, 200, 'fix_request'],
    [{code: 'constructor'}, 200, 'fix_request'],
  ])('an unknown %o with status %i is %s', (raw, status, errorClass) => {
    expect(providerErrorOf(raw, status).class).toBe(errorClass)
  })

  it("keeps Meta's own words with a message that failed, cut where they go on and on", () => {
    const error = providerErrorOf({code: 132000, error_data: {details: 'body: expected 2, got 1'}})
    expect(failureText(error)).toBe(
      '132000: The number of parameters differs from the template. (body: expected 2, got 1)',
    )
    expect(failureData(error)).toMatchObject({error_code: '132000', details: 'body: expected 2, got 1'})
    expect(failureText(providerErrorOf({code: 132000}))).toMatch(/template\.$/)
    expect(failureText(providerErrorOf({code: 1, message: 'x'.repeat(10_000)})).length).toBeLessThan(700)
  })
})
