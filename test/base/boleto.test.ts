import fc from 'fast-check'
import {expect, test} from 'vitest'
import {formatLine, isBarcode, lineOf, modulo10, parseLine} from '../../src/base/boleto.ts'

const today = Date.parse('2026-11-23T12:00:00Z')

test.each([
  {
    line: '75691.00014 00000.000109 00000.010025 9 73380000001000',
    barcode: '75699733800000010001000100000000100000001002',
    amount: 1000,
    due: '2017-11-09',
    at: Date.parse('2017-10-01'),
  },
  {
    line: '75691000140000000010900000010025416560000009990',
    barcode: '75694165600000099901000100000000100000001002',
    amount: 9990,
    due: '2026-12-10',
    at: today,
  },
])('reads $line', ({line, barcode, amount, due, at}) => {
  const slip = parseLine(line, at)
  expect(slip).toMatchObject({kind: 'bank', barcode, amountCents: amount, dueOn: due})
  expect(lineOf(barcode)).toBe(slip?.line)
})

test('the due factor that began again in 2025 means the day nearest to today', () => {
  const line = lineOf(barcodeWith('1403', '0000009990')) ?? ''
  expect(parseLine(line, today)?.dueOn).toBe('2026-04-01')
  expect(parseLine(line, Date.parse('2001-08-01'))?.dueOn).toBe('2001-08-10')
})

test('open amount and no due date are null', () => {
  const line = lineOf(barcodeWith('0000', '0000000000')) ?? ''
  expect(parseLine(line, today)).toMatchObject({amountCents: null, dueOn: null})
})

test('a line is written with its marks', () => {
  expect(formatLine('75691000140000000010900000010025416560000009990')).toBe(
    '75691.00014 00000.000109 00000.010025 4 16560000009990',
  )
  expect(formatLine('12')).toBe('12')
})

test('a utility slip is checked block by block', () => {
  const blocks = ['84670000001', '43590024020', '02405000243', '84221010811'].map((block) => block + modulo10(block))
  const general = (all: string) => modulo10(all.slice(0, 3) + all.slice(4))
  const code = '84670000001435900240200240500024384221010811'
  const line = blocks.join('')
  expect(general(code)).toBe(Number(code[3]))
  expect(parseLine(line, today)).toMatchObject({kind: 'utility', barcode: code, amountCents: 14359})
  expect(parseLine(`${line.slice(0, 47)}${(Number(line[47]) + 1) % 10}`, today)).toBeUndefined()
})

const digits = (length: number) => fc.stringMatching(new RegExp(`^[0-9]{${length}}$`))

test('property: bar code and line are two writings of one slip, and one wrong digit is always found', () => {
  const slip = fc.record({factor: fc.integer({min: 1000, max: 9999}), cents: fc.integer({min: 1, max: 9_999_999_999})})
  fc.assert(
    fc.property(slip, digits(25), fc.nat(46), fc.integer({min: 1, max: 9}), ({factor, cents}, free, at, more) => {
      const barcode = barcodeWith(String(factor), String(cents).padStart(10, '0'), free)
      expect(isBarcode(barcode)).toBe(true)
      const line = lineOf(barcode) ?? ''
      expect(parseLine(line, today)).toMatchObject({barcode, amountCents: cents})
      const wrong = line.slice(0, at) + ((Number(line[at]) + more) % 10) + line.slice(at + 1)
      const told = parseLine(wrong, today)
      // Modulo 11 writes 1 for three rests, so it alone cannot see every change of what it covers.
      if (at < 32) expect(told).toBeUndefined()
      else if (told) expect(told.line).toBe(wrong)
    }),
  )
})

/** Written apart from the code under test. */
function barcodeWith(factor: string, cents: string, free = '1000100000000100000001002'): string {
  const rest = `7569${factor}${cents}${free}`
  const sum = [...rest].reverse().reduce((all, digit, index) => all + Number(digit) * (2 + (index % 8)), 0)
  const digit = 11 - (sum % 11)
  return `7569${digit > 9 ? 1 : digit}${factor}${cents}${free}`
}
