import fc from 'fast-check'
import {expect, test} from 'vitest'
import {centsOf, formatCents} from '../../src/base/money.ts'

test.each([
  [99.9, 9990],
  [1.005, 101],
  ['99.9', 9990],
  ['99,90', 9990],
  ['1.234,56', 123456],
  ['1,234.56', 123456],
  ['R$ 1.490,00', 149000],
  ['R$\u00a0119,90', 11990],
  ['69.900000000', 6990],
  ['1.234.567', 123456700],
  ['-5,00', -500],
  [0, 0],
  ['0.00', 0],
])('%s is %s', (value, cents) => expect(centsOf(value)).toBe(cents))

test.each([null, undefined, '', 'abc', '1,2,3', '1.2.3', {}, Number.NaN, '12a', '99999999999999999999'])(
  '%s is no amount',
  (value) => expect(centsOf(value)).toBeUndefined(),
)

test('property: what is written is read', () => {
  fc.assert(
    fc.property(fc.integer({min: -1e9, max: 1e9}), (cents) => {
      expect(centsOf(formatCents(cents))).toBe(cents)
      expect(centsOf(cents / 100)).toBe(cents)
    }),
  )
})
