import fc from 'fast-check'
import {expect, test} from 'vitest'
import {crc16, parsePix} from '../../src/base/pix.ts'

const still =
  '00020126360014br.gov.bcb.pix011411222333000181520400005303986540599.905802BR5922PROVEDOR FICTICIO LTDA6009JOINVILLE62140510FATURA100163040D4B'
const dynamic =
  '00020101021226480014br.gov.bcb.pix2526pix.example/qr/v2/0f0e0d0c5204000053039865802BR5922PROVEDOR FICTICIO LTDA6009JOINVILLE62070503***63049828'

test('the published check value', () => expect(crc16('123456789')).toBe('29B1'))

test('reads a static code', () => {
  expect(parsePix(still)).toEqual({
    amountCents: 9990,
    merchant: 'PROVEDOR FICTICIO LTDA',
    city: 'JOINVILLE',
    key: '11222333000181',
    url: null,
    txid: 'FATURA1001',
    checksumOk: true,
  })
})

test('reads a dynamic code', () => {
  expect(parsePix(dynamic)).toMatchObject({amountCents: null, url: 'pix.example/qr/v2/0f0e0d0c', checksumOk: true})
})

test('lengths may count bytes', () => {
  const name = 'PROVEDOR JOÃO'
  const head = `00020126360014br.gov.bcb.pix0114112223330001815204000053039865802BR59${Buffer.byteLength(name)}${name}6009JOINVILLE6304`
  expect(parsePix(head + crc16(head))).toMatchObject({merchant: name, checksumOk: true})
})

test.each([
  '',
  'x',
  '0002',
  still.slice(0, -1),
  `${still}0`,
  'https://pix.example/qr',
  still.replace('5802BR', '5802AR'),
])('is no code: %s', (text) => expect(parsePix(text)).toBeUndefined())

test('a wrong checksum is told, not refused', () => {
  expect(parsePix(`${still.slice(0, -4)}0000`)?.checksumOk).toBe(false)
})

test('property: no text makes it throw, and any change of one character is seen', () => {
  fc.assert(fc.property(fc.string(), (text) => void parsePix(text)))
  fc.assert(
    fc.property(fc.nat(still.length - 5), fc.integer({min: 32, max: 126}), (at, code) => {
      const changed = still.slice(0, at) + String.fromCharCode(code) + still.slice(at + 1)
      if (changed !== still) expect(parsePix(changed)?.checksumOk ?? false).toBe(false)
    }),
  )
})
