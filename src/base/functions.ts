import {formatTime, inZone, parseTime, type Moment} from './dates.ts'
import {formatCnpj, formatCpf, maskDocument, parseCnpj, parseCpf} from './documents.ts'
import {fold} from './fold.ts'
import type {Json} from './json.ts'
import {formatBrl, parseNumber} from './numbers.ts'
import {formatCents} from './money.ts'
import {normalizePhone} from './phone.ts'

/** A value as functions see it: JSON, or an instant. */
export type Value = Json | Date | undefined

/**
 * One function of the two languages: `name(value, …)` in CEL, `value | name: …` in Liquid. Null in gives null out, and
 * Liquid prints null as nothing.
 */
export interface LanguageFunction {
  about: string
  /** What it gives, in CEL's words. */
  gives: 'string' | 'bool' | 'int' | 'double' | 'dyn'
  /** Names of what comes after the value. */
  takes?: readonly string[]
  /** How many of them may be left out. */
  optional?: number
  /** Does not run for null unless this is set. */
  nulls?: boolean
  run(value: Value, rest: readonly Value[], moment: Moment): Value
}

/** Text of a value, as Liquid would print it. */
export function textOf(value: Value): string {
  if (value === null || value === undefined) return ''
  if (typeof value === 'string') return value
  if (value instanceof Date) return value.toISOString()
  return typeof value === 'object' ? JSON.stringify(value) : String(value)
}

function numberOf(value: Value): number | undefined {
  if (typeof value === 'number') return value
  return typeof value === 'string' ? parseNumber(value) : undefined
}

const countOf = (value: Value) => Math.trunc(numberOf(value) ?? 0)

const text = (about: string, change: (text: string) => string): LanguageFunction => ({
  about,
  gives: 'string',
  run: (value) => change(textOf(value)),
})

const test = (about: string, isIt: (text: string) => boolean): LanguageFunction => ({
  about,
  gives: 'bool',
  nulls: true,
  run: (value) => isIt(textOf(value)),
})

const small = new Set(['da', 'de', 'do', 'das', 'dos', 'e'])

function titleCase(words: string): string {
  return words
    .toLowerCase()
    .split(/\s+/)
    .filter(Boolean)
    .map((word, index) => (index > 0 && small.has(word) ? word : word.charAt(0).toUpperCase() + word.slice(1)))
    .join(' ')
}

const MORNING = 5
const AFTERNOON = 12
const EVENING = 18

function greeting(hour: number): string {
  if (hour >= MORNING && hour < AFTERNOON) return 'Bom dia'
  return hour >= AFTERNOON && hour < EVENING ? 'Boa tarde' : 'Boa noite'
}

function formatPhone(text: string): string {
  const digits = normalizePhone(text)?.digits
  if (digits === undefined) return text
  const local = /^55(\d{2})(\d{4,5})(\d{4})$/.exec(digits)
  return local ? `+55 ${local[1]} ${local[2]}-${local[3]}` : `+${digits}`
}

const emailShape = /^[^\s@]{1,64}@[^\s@.]+(?:\.[^\s@.]+)+$/

/** True for something that can be an e-mail address. */
export const isEmail = (text: string) => text.length <= 254 && emailShape.test(text)

/** Every function that expressions and templates have beyond their standard ones. */
export const functions: Readonly<Record<string, LanguageFunction>> = {
  upper: text('All letters large.', (t) => t.toUpperCase()),
  lower: text('All letters small.', (t) => t.toLowerCase()),
  title: text('A name in usual writing: "MARIA DA SILVA" becomes "Maria da Silva".', titleCase),
  first_name: text('The first word of a name, in usual writing.', (t) => titleCase(t.trim().split(/\s+/)[0] ?? '')),
  fold: text('Lower case without accents and outer punctuation, for comparing.', fold),
  digits: text('Only the digits.', (t) => t.replace(/\D/g, '')),
  default: {
    about: 'The second value when the first is null or empty text.',
    gives: 'dyn',
    takes: ['otherwise'],
    nulls: true,
    run: (value, [otherwise]) => (value === null || value === undefined || value === '' ? otherwise : value),
  },
  number: {
    about: 'A number from text as Brazilians write it ("1.234,56"), or null.',
    gives: 'dyn',
    run: (value) => numberOf(value) ?? null,
  },
  brl: {
    about: 'Money: "R$ 1.234,56".',
    gives: 'string',
    run: (value) => {
      const amount = numberOf(value)
      return amount === undefined ? textOf(value) : formatBrl(amount)
    },
  },
  brl_cents: {
    about: 'Money from whole centavos: 9990 is "R$ 99,90".',
    gives: 'string',
    run: (value) => {
      const cents = numberOf(value)
      return cents === undefined ? textOf(value) : formatCents(Math.round(cents))
    },
  },
  date: {
    about: 'A date with strftime marks in the tenant\'s time zone: date(now, "%d/%m/%Y %H:%M").',
    gives: 'string',
    takes: ['format'],
    optional: 1,
    run: (value, [format], moment) => {
      const time = parseTime(value, moment)
      return time ? formatTime(time, format === undefined ? '%d/%m/%Y' : textOf(format)) : textOf(value)
    },
  },
  add_days: {
    about: 'The day so many days later, as 2026-11-23.',
    gives: 'dyn',
    takes: ['days'],
    run: (value, [days], moment) =>
      parseTime(value, moment)
        ?.plus({days: countOf(days)})
        .toISODate() ?? null,
  },
  days_until: {
    about: 'Whole days from today to a date; negative when it is past, null when it is no date.',
    gives: 'dyn',
    run: (value, _rest, moment) => {
      const day = parseTime(value, moment)?.startOf('day')
      const today = inZone(moment.now, moment.timeZone).startOf('day')
      return day ? Math.round(day.diff(today, 'days').days) : null
    },
  },
  weekday: {
    about: 'Day of the week, 1 (Monday) to 7 (Sunday).',
    gives: 'dyn',
    run: (value, _rest, moment) => parseTime(value, moment)?.weekday ?? null,
  },
  hour: {
    about: "Hour of the day, 0 to 23, in the tenant's time zone.",
    gives: 'dyn',
    run: (value, _rest, moment) => parseTime(value, moment)?.hour ?? null,
  },
  greeting: {
    about: '"Bom dia", "Boa tarde" or "Boa noite" for an instant.',
    gives: 'string',
    run: (value, _rest, moment) => greeting(parseTime(value, moment)?.hour ?? 0),
  },
  cpf: text('A CPF with its dots: 529.982.247-25.', formatCpf),
  cnpj: text('A CNPJ with its dots: 12.ABC.345/01DE-35.', formatCnpj),
  mask_document: text('A CPF or CNPJ with most of it hidden.', maskDocument),
  phone: text('A telephone number for reading: +55 11 98765-0001.', formatPhone),
  is_cpf: test('Whether it is a valid CPF.', (t) => parseCpf(t) !== undefined),
  is_cnpj: test('Whether it is a valid CNPJ, numeric or alphanumeric.', (t) => parseCnpj(t) !== undefined),
  is_email: test('Whether it can be an e-mail address.', isEmail),
  is_phone: test('Whether it is a telephone number.', (t) => normalizePhone(t) !== undefined),
}

/** Runs a function; null stays null unless the function wants it. */
export function callFunction(fn: LanguageFunction, value: Value, rest: readonly Value[], moment: Moment): Value {
  return (value === null || value === undefined) && !fn.nulls ? null : fn.run(value, rest, moment)
}
