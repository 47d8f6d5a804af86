import {expect, it} from 'vitest'
import {isoTime} from '../../src/base/iso-time.ts'

const DAY_MS = 86_400_000

it('is what the language itself says of any time', () => {
  const edges = [0, 1, -1, DAY_MS - 1, DAY_MS, -DAY_MS, Date.UTC(2024, 1, 29, 23, 59, 59, 999), 253_402_300_800_000]
  const some = Array.from({length: 2000}, (_, n) => Date.UTC(2026, 10, 26) + n * 7_654_321 - 3 * DAY_MS)
  for (const at of [...edges, ...some, ...edges]) expect(isoTime(new Date(at))).toBe(new Date(at).toISOString())
})

it('is nothing for what is no time', () => {
  expect(() => isoTime(new Date(Number.NaN))).toThrow(RangeError)
})
