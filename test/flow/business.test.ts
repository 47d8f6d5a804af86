import {expect, test} from 'vitest'
import {businessOpen, parseRange, type BusinessHours} from '../../src/flow/business.ts'

const zone = 'America/Sao_Paulo'
const settings: BusinessHours = {
  hours: {mon: ['08:00-12:00', '13:30-18:00'], fri: ['22:00-02:00'], sun: ['00:00-24:00']},
  holidays: ['2026-11-30', '12-25'],
}

test.each([
  ['2026-11-23T08:00', true],
  ['2026-11-23T11:59', true],
  ['2026-11-23T12:00', false],
  ['2026-11-23T13:30', true],
  ['2026-11-24T10:00', false],
  ['2026-11-27T21:59', false],
  ['2026-11-27T22:00', true],
  ['2026-11-28T01:59', true],
  ['2026-11-28T02:00', false],
  ['2026-11-29T23:59', true],
  ['2026-11-30T09:00', false],
  ['2026-12-25T23:00', false],
  ['2026-12-26T01:00', false],
])('%s is open: %s', (local, open) => {
  expect(businessOpen(settings, Date.parse(`${local}:00-03:00`), zone)).toBe(open)
})

test('without hours it is always open, but for holidays', () => {
  expect(businessOpen({}, Date.parse('2026-11-24T03:00:00-03:00'), zone)).toBe(true)
  expect(businessOpen({holidays: ['2026-11-24']}, Date.parse('2026-11-24T03:00:00-03:00'), zone)).toBe(false)
})

test.each(['8:00-12:00', '08:00', '25:00-26:00', '08:60-09:00', '08:00-24:30'])('%s is no range', (text) => {
  expect(parseRange(text)).toBeUndefined()
})
