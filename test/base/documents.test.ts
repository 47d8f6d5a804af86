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
