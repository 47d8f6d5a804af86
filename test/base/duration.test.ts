import fc from 'fast-check'
import {expect, test} from 'vitest'
import {formatDuration, parseDuration} from '../../src/base/duration.ts'

test.each([
  ['90s', 90_000],
  ['30m', 1_800_000],
  ['24h', 86_400_000],
  ['2d', 172_800_000],
  ['1h30m', 5_400_000],
  ['1d2h3m4s', 93_784_000],
  ['0s', 0],
])('reads %s', (text, ms) => expect(parseDuration(text)).toBe(ms))

test.each(['', '30', '1.5h', '30m1h', '-5s', '5 m', '1w', '1H'])('refuses %j', (text) =>
  expect(parseDuration(text)).toBeUndefined(),
)

test('what it writes it reads back', () => {
  fc.assert(
    fc.property(fc.integer({min: 0, max: 5_000_000}), (seconds) => {
      expect(parseDuration(formatDuration(seconds * 1000))).toBe(seconds * 1000)
    }),
  )
})
