import {describe, expect, it} from 'vitest'
import {DELAYS_MS, MOST_ATTEMPTS, retryAfterMs, waitAfter} from '../../src/hooks/backoff.ts'

const HOUR_MS = 3_600_000
const middle = {number: () => 0.5, bytes: (length: number) => Buffer.alloc(length)}
const now = Date.parse('2026-11-23T12:00:00Z')

describe('the wait after a failed attempt', () => {
  it('grows from seconds to a day, about three days in all, and then there is none', () => {
    const waits = Array.from({length: MOST_ATTEMPTS - 1}, (_, n) => waitAfter(n + 1, middle))
    expect(waits).toEqual(DELAYS_MS)
    expect(waits[0]).toBe(5000)
    const hours = DELAYS_MS.reduce((sum, ms) => sum + ms, 0) / HOUR_MS
    expect(hours).toBeGreaterThan(72)
    expect(hours).toBeLessThan(80)
    expect(waitAfter(MOST_ATTEMPTS, middle)).toBeUndefined()
  })

  it('is a tenth more or less by chance', () => {
    expect(waitAfter(1, {...middle, number: () => 0})).toBe(4500)
    expect(waitAfter(1, {...middle, number: () => 0.999})).toBe(5499)
  })

  it('is what the receiver asked for where that is longer', () => {
    expect(waitAfter(1, middle, 60_000)).toBe(60_000)
    expect(waitAfter(2, middle, 60_000)).toBe(300_000)
  })
})

it.each([
  ['120', 120_000],
  ['0', 0],
  ['Mon, 23 Nov 2026 12:01:00 GMT', 60_000],
  ['Mon, 23 Nov 2026 11:00:00 GMT', 0],
  ['999999', 24 * HOUR_MS],
  ['Mon, 23 Nov 2099 12:01:00 GMT', 24 * HOUR_MS],
  ['soon', undefined],
  ['', undefined],
  [undefined, undefined],
])('Retry-After: %s asks for %s ms', (header, ms) => expect(retryAfterMs(header, now)).toBe(ms))
