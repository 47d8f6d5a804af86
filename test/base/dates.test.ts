import {describe, expect, test} from 'vitest'
import {formatTime, inZone, parseDay, parseTime} from '../../src/base/dates.ts'

const moment = {now: Date.UTC(2026, 10, 23, 2, 30), timeZone: 'America/Sao_Paulo'}

test.each([
  ['23/11/2026', '2026-11-23'],
  ['1.2.2026', '2026-02-01'],
  ['29-02-2024', '2024-02-29'],
  ['5/6/90', '1990-06-05'],
  ['5/6/30', '2030-06-05'],
  ['2026-11-23', '2026-11-23'],
])('reads the day %s', (text, day) => expect(parseDay(text, moment)).toBe(day))

test.each(['31/02/2026', '29/02/2026', '32/01/2026', '2026-13-01', 'amanhã', '', '1/2', '1/2/123'])(
  'refuses the day %j',
  (text) => expect(parseDay(text, moment)).toBeUndefined(),
)

describe('times', () => {
  test('are seen in the zone given: it is still Sunday evening in São Paulo', () => {
    const time = parseTime('now', moment)
    expect(time && formatTime(time, '%A %d/%m/%Y %H:%M %-d %B %% %Q')).toBe('domingo 22/11/2026 23:30 22 novembro % %Q')
  })

  test('without an offset are local', () => {
    expect(parseTime('2026-01-01T00:00:00', moment)?.toMillis()).toBe(Date.UTC(2026, 0, 1, 3))
  })

  test.each([undefined, null, {}, Number.NaN, 'soon'])('refuses %j', (value) =>
    expect(parseTime(value, moment)).toBeUndefined(),
  )

  test('fall back to UTC in a zone that is none', () => {
    expect(inZone(0, 'Mars/Base').zoneName).toBe('UTC')
  })
})
