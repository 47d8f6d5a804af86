import {inZone} from '../base/dates.ts'

export const weekdays = ['mon', 'tue', 'wed', 'thu', 'fri', 'sat', 'sun'] as const
export type Weekday = (typeof weekdays)[number]

/** When a tenant is open. Ranges are `08:00-12:00`; one that ends before it begins goes past midnight. */
export interface BusinessHours {
  hours?: Partial<Record<Weekday, readonly string[]>>
  /** `2026-12-25` for one year, `12-25` for every year. */
  holidays?: readonly string[]
}

const range = /^([01]\d|2[0-3]):([0-5]\d)-([01]\d|2[0-4]):([0-5]\d)$/
const MINUTES_A_DAY = 1_440

/** Minutes of the day a range covers, `until` over 1440 when it goes past midnight; undefined when it is no range. */
export function parseRange(text: string): {from: number; until: number} | undefined {
  const match = range.exec(text)
  if (!match) return undefined
  const [from, until] = [Number(match[1]) * 60 + Number(match[2]), Number(match[3]) * 60 + Number(match[4])]
  if (until > MINUTES_A_DAY) return undefined
  return {from, until: until > from ? until : until + MINUTES_A_DAY}
}

/** Whether the tenant is open at `now` (milliseconds). Without hours it always is, holidays aside. */
export function businessOpen(settings: BusinessHours, now: number, timeZone: string): boolean {
  const here = inZone(now, timeZone)
  const minute = here.hour * 60 + here.minute
  return [0, 1].some((daysAgo) => {
    const day = here.minus({days: daysAgo})
    if (isHoliday(settings, day.toFormat('yyyy-MM-dd'))) return false
    const at = minute + daysAgo * MINUTES_A_DAY
    return rangesOn(settings, weekdays[day.weekday - 1]).some(({from, until}) => from <= at && at < until)
  })
}

const isHoliday = ({holidays = []}: BusinessHours, day: string) =>
  holidays.includes(day) || holidays.includes(day.slice(5))

const allDay = [{from: 0, until: MINUTES_A_DAY}]

function rangesOn({hours}: BusinessHours, weekday: Weekday | undefined): {from: number; until: number}[] {
  if (!hours || weekday === undefined) return allDay
  return (hours[weekday] ?? []).flatMap((text) => parseRange(text) ?? [])
}
