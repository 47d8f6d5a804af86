import fc from 'fast-check'
import {describe, expect, it} from 'vitest'
import {canonicalPhone, matchKey, normalizePhone, phoneProblem, phoneVariants} from '../../src/base/phone.ts'

describe('normalizePhone', () => {
  it.each([
    ['(47) 99999-0001', '5547999990001', 'BR'],
    ['11 98888-0002', '5511988880002', 'BR'],
    ['4733330003', '554733330003', 'BR'],
    ['047 99999-0001', '5547999990001', 'BR'],
    ['0 41 47 99999-0001', '5547999990001', 'BR'],
    ['+55 47 9999-0001', '5547999990001', 'BR'],
    ['+55 (047) 99999-0001', '5547999990001', 'BR'],
    ['0055 47 99999-0001', '5547999990001', 'BR'],
    ['554799990001', '5547999990001', 'BR'],
    ['5547999990001', '5547999990001', 'BR'],
    ['55 9 9999-0001', '5555999990001', 'BR'],
    ['55 99999-0001', '5555999990001', 'BR'],
    ['11 94444-0001', '5511944440001', 'BR'],
    ['0800 123 4567', '558001234567', 'BR'],
    ['+1 415 555 2671', '14155552671', 'US'],
    ['351912345678', '351912345678', 'PT'],
    ['+351 912 345 678', '351912345678', 'PT'],
    ['\u202a+55\u00a047\u00a099999\u20110001\u202c', '5547999990001', 'BR'],
  ])('reads %s', (input, digits, country) => {
    expect(normalizePhone(input)).toEqual({e164: `+${digits}`, digits, country})
    expect(phoneProblem(input)).toBeUndefined()
  })

  it('accepts numbers that have a right length for their country though nobody has them', () => {
    expect(normalizePhone('+1 555 010 0099')?.digits).toBe('15550100099')
  })

  it.each([
    ['', 'no digits'],
    ['---', 'no digits'],
    ['12345', 'too short'],
    ['99999-0001', 'area code (DDD) is missing'],
    ['ramal 4733330003', 'letters'],
    ['5,54799E+12', 'spreadsheet'],
    ['4799990001/4733330003', 'too long'],
    ['20 99999-0001', '20 is not a Brazilian area code'],
    ['14155552671', 'begins with 9'],
    ['47 89999-0001', 'begins with 9'],
    ['47 1999-0001', 'begins with 2 to 9'],
    ['+55 47 9999', 'too short'],
    ['+999 12345678', 'not a number of any country'],
    ['118888800020', 'write other countries with +'],
  ])('says what is wrong with %j', (input, words) => {
    expect(normalizePhone(input)).toBeUndefined()
    expect(phoneProblem(input)).toContain(words)
  })

  it('gives a stable answer: reading its own answer changes nothing, whatever was written', () => {
    fc.assert(
      fc.property(fc.oneof(fc.string(), fc.stringMatching(/^[+()0-9 -]{8,18}$/)), (input) => {
        const phone = normalizePhone(input)
        expect(phone === undefined).toBe(phoneProblem(input) !== undefined)
        if (phone) expect(normalizePhone(phone.e164)).toEqual(phone)
      }),
    )
  })
})

describe('digits from webhooks', () => {
  it.each([
    ['554799990001', '5547999990001', ['5547999990001', '554799990001']],
    ['5547999990001', '5547999990001', ['5547999990001', '554799990001']],
    ['5511988880002', '5511988880002', ['5511988880002']],
    ['551188880002', '5511988880002', ['5511988880002']],
    ['554733330003', '554733330003', ['554733330003']],
    ['5511944440001', '5511944440001', ['5511944440001']],
    ['15550100099', '15550100099', ['15550100099']],
    ['552099990001', '552099990001', ['552099990001']],
  ])('%s is kept as %s', (digits, canonical, variants) => {
    expect(canonicalPhone(digits)).toBe(canonical)
    expect(phoneVariants(digits)).toEqual(variants)
    expect(new Set([...variants, digits].map(matchKey))).toHaveProperty('size', 1)
  })

  it('never joins a Brazilian mobile with a landline or with another country', () => {
    expect(matchKey('5547999990001')).not.toBe(matchKey('4799990001'))
    expect(matchKey('5511944440001')).not.toBe(matchKey('551144440001'))
  })

  it('gives one key per telephone: variants agree, and the key is one of them or the digits', () => {
    fc.assert(
      fc.property(fc.stringMatching(/^(55[1-9][1-9]9?[2-9][0-9]{7}|[1-9][0-9]{7,14})$/), (digits) => {
        expect(matchKey(canonicalPhone(digits))).toBe(matchKey(digits))
        for (const variant of phoneVariants(digits)) expect(matchKey(variant)).toBe(matchKey(digits))
      }),
    )
  })
})
