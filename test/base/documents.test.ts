import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {formatCnpj, formatCpf, maskDocument, parseCnpj, parseCpf} from '../../src/base/documents.ts'

describe('CPF', () => {
  test.each([
    ['52998224725', '52998224725'],
    ['111.444.777-35', '11144477735'],
    [' 123 456 789 09 ', '12345678909'],
  ])('reads %j', (text, digits) => expect(parseCpf(text)).toBe(digits))

  test.each(['52998224724', '52998224715', '11111111111', '5299822472', '529982247255', 'a2998224725', ''])(
    'refuses %j',
    (text) => expect(parseCpf(text)).toBeUndefined(),
  )
})

describe('CNPJ', () => {
  test.each([
    ['12.ABC.345/01DE-35', '12ABC34501DE35'],
    ['12abc34501de35', '12ABC34501DE35'],
    ['11.222.333/0001-81', '11222333000181'],
    ['00ABCDEF000157', '00ABCDEF000157'],
    ['1A2B3C4D000179', '1A2B3C4D000179'],
    ['ZZZZZZZZZZZZ62', 'ZZZZZZZZZZZZ62'],
  ])('reads %j', (text, document) => expect(parseCnpj(text)).toBe(document))

  test.each(['12ABC34501DE36', '12ABC34501DE53', '00000000000000', '11222333000180', '12ABC34501DEA5', '112223330001'])(
    'refuses %j',
    (text) => expect(parseCnpj(text)).toBeUndefined(),
  )
})

test('formats what is valid and leaves the rest', () => {
  expect(formatCpf('52998224725')).toBe('529.982.247-25')
  expect(formatCnpj('12ABC34501DE35')).toBe('12.ABC.345/01DE-35')
  expect(formatCpf('123')).toBe('123')
  expect(formatCnpj('123')).toBe('123')
})

test('masks documents for logs', () => {
  expect(maskDocument('529.982.247-25')).toBe('***.982.247-**')
  expect(maskDocument('11222333000181')).toBe('11.***.***/0001-**')
  expect(maskDocument('not a document')).toBe('***')
})

const digits = (length: number) => fc.stringMatching(new RegExp(`^[0-9]{${length}}$`))
const places = (length: number) => fc.stringMatching(new RegExp(`^[0-9A-Z]{${length}}$`))

/** Check digits by the published rule, written apart from the code under test: value of a character is its code less 48. */
function checked(text: string, weightsUpTo: number): string {
  const digitOf = (body: string) => {
    const sum = [...body].reverse().reduce((all, one, n) => all + (one.charCodeAt(0) - 48) * (2 + (n % weightsUpTo)), 0)
    return sum % 11 < 2 ? 0 : 11 - (sum % 11)
  }
  const first = digitOf(text)
  return `${text}${first}${digitOf(`${text}${first}`)}`
}

test('property: a CPF is what its check digits say, and a wrong check digit is always found', () => {
  fc.assert(
    fc.property(digits(9), fc.integer({min: 9, max: 10}), fc.integer({min: 1, max: 9}), (base, at, more) => {
      const cpf = checked(base, 10)
      fc.pre(!/^(.)\1*$/.test(cpf))
      expect(parseCpf(formatCpf(cpf))).toBe(cpf)
      expect(maskDocument(cpf)).not.toContain(cpf.slice(0, 3) + cpf.slice(3, 6))
      const wrong = cpf.slice(0, at) + ((Number(cpf[at]) + more) % 10) + cpf.slice(at + 1)
      expect(parseCpf(wrong)).toBeUndefined()
    }),
  )
})

test('property: a CNPJ of either kind is what its check digits say, and a wrong check digit is always found', () => {
  fc.assert(
    fc.property(
      fc.oneof(digits(12), places(12)),
      fc.integer({min: 12, max: 13}),
      fc.integer({min: 1, max: 9}),
      (base, at, more) => {
        const cnpj = checked(base, 8)
        fc.pre(!/^(.)\1*$/.test(cnpj))
        expect(parseCnpj(formatCnpj(cnpj).toLowerCase())).toBe(cnpj)
        const wrong = cnpj.slice(0, at) + ((Number(cnpj[at]) + more) % 10) + cnpj.slice(at + 1)
        expect(parseCnpj(wrong)).toBeUndefined()
      },
    ),
  )
})
