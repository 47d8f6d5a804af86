import {DateTime} from 'luxon'

/** The instant and place that dates are read in. */
export interface Moment {
  /** Milliseconds since the epoch. */
  now: number
  /** IANA name. */
  timeZone: string
}

const brazilian = /^(\d{1,2})[/.-](\d{1,2})[/.-](\d{4}|\d{2})$/
const LOCALE = 'pt-BR'
/** A birth year of two digits up to this many years ahead belongs to this century, else to the last. */
const YEARS_AHEAD = 20

/** `2026-11-23` of a day typed as `23/11/2026`, `23/11/26`, `23.11.2026` or in ISO form; undefined when there is no such day. */
export function parseDay(text: string, moment: Moment): string | undefined {
  const typed = brazilian.exec(text.trim())
  if (!typed) {
    const iso = DateTime.fromFormat(text.trim(), 'yyyy-MM-dd', {zone: 'utc'})
    return iso.isValid ? iso.toISODate() : undefined
  }
  const [, day, month, yearText = ''] = typed
  let year = Number(yearText)
  if (yearText.length === 2) {
    const thisYear = inZone(moment.now, moment.timeZone).year
    year += Math.floor(thisYear / 100) * 100
    if (year > thisYear + YEARS_AHEAD) year -= 100
  }
  const date = DateTime.fromObject({year, month: Number(month), day: Number(day)}, {zone: 'utc'})
  return date.isValid ? date.toISODate() : undefined
}

/** The instant, seen in a time zone; an unknown zone counts as UTC. */
export function inZone(ms: number, timeZone: string): DateTime {
  const there = DateTime.fromMillis(ms, {zone: timeZone, locale: LOCALE})
  return there.isValid ? there : DateTime.fromMillis(ms, {zone: 'utc', locale: LOCALE})
}

/** Reads an instant, milliseconds, `now`, `today`, ISO text or a Brazilian day; undefined when it is none. */
export function parseTime(value: unknown, moment: Moment): DateTime | undefined {
  if (value instanceof Date) return inZone(value.getTime(), moment.timeZone)
  if (typeof value === 'number' && Number.isFinite(value)) return inZone(value, moment.timeZone)
  if (typeof value !== 'string') return undefined
  const text = value.trim()
  if (text === 'now' || text === 'today') return inZone(moment.now, moment.timeZone)
  const day = parseDay(text, moment)
  const time = DateTime.fromISO(day ?? text, {zone: moment.timeZone, locale: LOCALE})
  return time.isValid ? time : undefined
}

const patterns: Record<string, string> = {
  d: 'dd',
  e: 'd',
  m: 'MM',
  Y: 'yyyy',
  y: 'yy',
  H: 'HH',
  I: 'hh',
  M: 'mm',
  S: 'ss',
  L: 'SSS',
  p: 'a',
  A: 'cccc',
  a: 'ccc',
  B: 'LLLL',
  b: 'LLL',
  j: 'ooo',
  u: 'c',
  z: 'ZZZ',
  F: 'yyyy-MM-dd',
  T: 'HH:mm:ss',
  R: 'HH:mm',
  s: 'X',
}

/** Writes a date with strftime marks (`%d/%m/%Y %H:%M`); names of days and months are Portuguese. */
export function formatTime(time: DateTime, format: string): string {
  return format.replace(/%(-?)([A-Za-z%])/g, (mark, dash: string, letter: string) => {
    if (letter === '%') return '%'
    const pattern = patterns[letter]
    if (pattern === undefined) return mark
    const text = time.toFormat(pattern)
    return dash ? text.replace(/^0+(?=\d)/, '') : text
  })
}
