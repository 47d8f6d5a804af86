import {DateTime} from 'luxon'

/** The tenant's calendar day and month, for its limits. */
export interface Calendar {
  /** `YYYY-MM-DD`: daily limits count by it. */
  day: string
  /** When the day ends, ms. */
  dayEnds: number
  /** When the month ends, ms. */
  monthEnds: number
}

/** Reading a time zone costs more than the step of a lane that asks for it, so a day is worked out once. */
const known = new Map<string, Calendar & {from: number}>()
const MOST_ZONES = 700

export function calendarOf(now: number, zone: string): Calendar {
  const found = known.get(zone)
  if (found && now >= found.from && now < found.dayEnds) return found
  const moment = at(now, zone)
  const calendar = {
    from: moment.startOf('day').toMillis(),
    day: moment.toISODate() ?? '',
    dayEnds: moment.endOf('day').toMillis() + 1,
    monthEnds: moment.endOf('month').toMillis() + 1,
  }
  if (known.size >= MOST_ZONES) known.clear()
  known.set(zone, calendar)
  return calendar
}

/** The tenant's calendar day, `YYYY-MM-DD`. */
export const dayOf = (now: number, zone: string): string => calendarOf(now, zone).day

/** An unknown zone in the settings must not stop delivery. */
function at(now: number, zone: string): DateTime {
  const moment = DateTime.fromMillis(now, {zone})
  return moment.isValid ? moment : DateTime.fromMillis(now, {zone: 'America/Sao_Paulo'})
}
