import {expect, test} from 'vitest'
import {formatBrl, parseNumber} from '../../src/base/numbers.ts'

test.each([
  ['10', 10],
  ['-3', -3],
  ['1.234,56', 1234.56],
  ['1,234.56', 1234.56],
  ['R$ 99,90', 99.9],
  ['r$1.500', 1500],
  ['1.500.000', 1_500_000],
  ['10.5', 10.5],
  ['0,5', 0.5],
])('reads %j', (text, value) => expect(parseNumber(text)).toBe(value))

test.each(['', 'dez', '1,2,3', '12a', '1e9', '--1', '9'.repeat(40), 'R$'])('refuses %j', (text) =>
  expect(parseNumber(text)).toBeUndefined(),
)

test('writes reais with a plain space', () => {
  expect(formatBrl(1234.5)).toBe('R$ 1.234,50')
  expect(formatBrl(-1)).toBe('-R$ 1,00')
})
