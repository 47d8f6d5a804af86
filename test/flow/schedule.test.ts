import {describe, expect, test} from 'vitest'
import {dueFire, nextFire} from '../../src/flow/schedule.ts'
import type {Trigger} from '../../src/flow/shape.ts'

const daily: Extract<Trigger, {type: 'schedule'}> = {type: 'schedule', cron: '0 9 * * *', catch_up: 'once'}
const zone = 'America/Sao_Paulo'
const at = (text: string) => Date.parse(text)

test('fires at the wall clock of its zone', () => {
  expect(nextFire(daily, at('2026-11-23T11:59:59Z'), zone)).toBe(at('2026-11-23T12:00:00Z'))
  expect(nextFire(daily, at('2026-11-23T12:00:00Z'), zone)).toBe(at('2026-11-24T12:00:00Z'))
  expect(nextFire({...daily, timezone: 'America/Manaus'}, at('2026-11-23T12:00:00Z'), zone)).toBe(
    at('2026-11-23T13:00:00Z'),
  )
})

test('a pattern that never comes has no fire', () => {
  expect(nextFire({...daily, cron: '0 9 31 2 *'}, at('2026-11-23T12:00:00Z'), zone)).toBeNull()
})

describe('after a wake-up', () => {
  const next = at('2026-11-24T12:00:00Z')
  test.each([
    ['on time', 'once', '2026-11-23T12:00:05Z', '2026-11-23T12:00:00Z'],
    ['59 minutes late', 'once', '2026-11-23T12:59:00Z', '2026-11-23T12:00:00Z'],
    ['an hour late', 'once', '2026-11-23T13:00:01Z', null],
    ['on time without catching up', 'none', '2026-11-23T12:00:05Z', '2026-11-23T12:00:00Z'],
    ['late without catching up', 'none', '2026-11-23T12:05:00Z', null],
  ] as const)('%s', (_what, catchUp, now, fire) => {
    const due = dueFire({...daily, catch_up: catchUp}, at('2026-11-20T12:00:00Z'), at(now), zone)
    expect(due).toEqual({fire: fire === null ? null : at(fire), next})
  })

  test('many missed fires run once, the latest', () => {
    const minutely = {...daily, cron: '* * * * *'}
    const due = dueFire(minutely, at('2026-11-23T11:30:00Z'), at('2026-11-23T12:00:30Z'), zone)
    expect(due).toEqual({fire: at('2026-11-23T12:00:00Z'), next: at('2026-11-23T12:01:00Z')})
  })

  test('what was handled is not handled again', () => {
    const due = dueFire(daily, at('2026-11-23T12:00:00Z'), at('2026-11-23T12:10:00Z'), zone)
    expect(due).toEqual({fire: null, next})
  })
})
