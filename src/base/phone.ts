import {createRequire} from 'node:module'
import type * as PhoneLibrary from 'libphonenumber-js'

/** A telephone number a person wrote, understood. Brazilian mobiles always carry the ninth digit here. */
export interface Phone {
  /** `+` and digits. */
  e164: string
  /** The same without `+`. */
  digits: string
  /** ISO 3166 code of the country, where it can be told. */
  country?: string
}

const BRAZIL = '55'
const MOST_DIGITS = 15
const FEWEST_DIGITS = 8

/** Freephone (0800) and its kin: no area code, and companies do use them on WhatsApp. */
const SERVICE_NUMBER = /^(300|500|800)\d{7}$/

const areaCodes = new Set(
  (
    '11 12 13 14 15 16 17 18 19 21 22 24 27 28 31 32 33 34 35 37 38 41 42 43 44 45 46 47 48 49 51 53 54 55 ' +
    '61 62 63 64 65 66 67 68 69 71 73 74 75 77 79 81 82 83 84 85 86 87 88 89 91 92 93 94 95 96 97 98 99'
  ).split(' '),
)

/** Below this area code every WhatsApp id has the ninth digit; from it on, accounts older than the digit lack it. */
const FIRST_AREA_WITH_SHORT_IDS = 31

const isBetween = (character: string | undefined, low: string, high: string) =>
  character !== undefined && character >= low && character <= high

/** True for `55` + area code + eight digits that begin with 6-9: a mobile without its ninth digit. */
function isShortMobile(digits: string): boolean {
  return (
    digits.length === 12 &&
    digits.startsWith(BRAZIL) &&
    isBetween(digits[4], '6', '9') &&
    areaCodes.has(digits.slice(2, 4))
  )
}

/** True for a Brazilian mobile with its ninth digit that can also be known without it. */
function isLongMobile(digits: string): boolean {
  return (
    digits.length === 13 &&
    digits.startsWith(BRAZIL) &&
    digits[4] === '9' &&
    isBetween(digits[5], '6', '9') &&
    areaCodes.has(digits.slice(2, 4))
  )
}

/** The form to store and show: a Brazilian mobile gets its ninth digit. Takes digits with country code, in constant time. */
export function canonicalPhone(digits: string): string {
  return isShortMobile(digits) ? `${digits.slice(0, 4)}9${digits.slice(4)}` : digits
}

/**
 * Equal for all ids that one telephone can have. Takes digits with country code; for a Brazilian mobile it is the form
 * without the ninth digit (kept under `55`, because area code and eight digits alone can be a Norwegian number).
 */
export function matchKey(digits: string): string {
  return isLongMobile(digits) ? `${digits.slice(0, 4)}${digits.slice(5)}` : digits
}

/** Every id this telephone may have on WhatsApp, the likelier first. Takes digits with country code. */
export function phoneVariants(digits: string): string[] {
  const canonical = canonicalPhone(digits)
  const mayBeShort = isLongMobile(canonical) && Number(canonical.slice(2, 4)) >= FIRST_AREA_WITH_SHORT_IDS
  return mayBeShort ? [canonical, matchKey(canonical)] : [canonical]
}

/** Understands what a person or a spreadsheet wrote; without a country code it is read as Brazilian. */
export function normalizePhone(input: string): Phone | undefined {
  const result = read(input)
  return 'problem' in result ? undefined : result
}

/** What is wrong with a telephone number, as a sentence; undefined when nothing is. */
export function phoneProblem(input: string): string | undefined {
  const result = read(input)
  return 'problem' in result ? result.problem : undefined
}

type Reading = Phone | {problem: string}

function read(input: string): Reading {
  const written = input.trim()
  const shape = shapeProblem(written)
  if (shape !== undefined) return {problem: shape}
  const digits = written.replace(/\D/g, '')
  if (/^\D*\+/.test(written)) return international(digits)
  if (digits.startsWith('00')) return international(digits.slice(2))
  return national(digits)
}

function shapeProblem(written: string): string | undefined {
  if (/^\d[.,]\d+e\+?\d+$/i.test(written)) return 'A spreadsheet shortened this number; format the column as text.'
  if (/\p{L}/u.test(written)) return 'A telephone number cannot hold letters.'
  const count = written.replace(/\D/g, '').length
  if (count === 0) return 'It has no digits.'
  if (count < FEWEST_DIGITS) return `It is too short: ${count} digits.`
  // Two for an international prefix, two for a carrier code, one for a trunk zero.
  if (count > MOST_DIGITS + 2) return `It is too long: ${count} digits. Give one number only.`
  return undefined
}

function international(digits: string): Reading {
  if (digits.startsWith(BRAZIL)) return brazilian(withoutTrunk(digits.slice(2)))
  if (digits.length > MOST_DIGITS)
    return {problem: `It is too long: ${digits.length} digits, ${MOST_DIGITS} are allowed.`}
  if (digits.length < FEWEST_DIGITS) return {problem: `It is too short: ${digits.length} digits.`}
  const parsed = parse(`+${digits}`)
  if (!parsed?.isPossible()) return {problem: `+${digits} is not a number of any country.`}
  return {e164: `+${digits}`, digits, country: parsed.country}
}

function national(digits: string): Reading {
  const rest = withoutTrunk(digits)
  if (rest.length === 8 || rest.length === 9) return {problem: 'The area code (DDD) is missing.'}
  if (rest.length === 10 || rest.length === 11) return brazilian(rest)
  if (rest.startsWith(BRAZIL) && (rest.length === 12 || rest.length === 13)) return brazilian(rest.slice(2))
  return foreign(digits) ?? {problem: 'It is not a Brazilian number; write other countries with + and country code.'}
}

/** Cuts the zero dialled before the area code, and the carrier code that may stand between them. */
function withoutTrunk(digits: string): string {
  if (!digits.startsWith('0')) return digits
  const rest = digits.slice(1)
  return rest.length === 12 || rest.length === 13 ? rest.slice(2) : rest
}

function brazilian(local: string): Reading {
  const area = local.slice(0, 2)
  const subscriber = local.slice(2)
  const mobile = subscriber.length === 9 && subscriber.startsWith('9')
  const eight = subscriber.length === 8 && isBetween(subscriber[0], '2', '9')
  if (areaCodes.has(area) && (mobile || eight)) {
    const digits = canonicalPhone(BRAZIL + local)
    return {e164: `+${digits}`, digits, country: 'BR'}
  }
  if (SERVICE_NUMBER.test(local)) return {e164: `+${BRAZIL}${local}`, digits: BRAZIL + local, country: 'BR'}
  return {problem: brazilianProblem(local, area, subscriber)}
}

function brazilianProblem(local: string, area: string, subscriber: string): string {
  if (local.length < 10)
    return `It is too short: a Brazilian number has 10 or 11 digits with its area code, not ${local.length}.`
  if (local.length > 11)
    return `It is too long: a Brazilian number has 10 or 11 digits with its area code, not ${local.length}.`
  if (!areaCodes.has(area)) return `${area} is not a Brazilian area code (DDD).`
  return subscriber.length === 9
    ? 'A Brazilian number of nine digits begins with 9.'
    : 'A Brazilian number of eight digits begins with 2 to 9.'
}

/** Digits without `+` pass as foreign only when they are truly valid, so that a mistyped Brazilian number does not. */
function foreign(digits: string): Phone | undefined {
  if (digits.length > MOST_DIGITS || digits.startsWith(BRAZIL)) return undefined
  const parsed = parse(`+${digits}`)
  return parsed?.isValid() ? {e164: `+${digits}`, digits, country: parsed.country} : undefined
}

let library: typeof PhoneLibrary | undefined

/** Loaded when the first number needs it: 39 ms that webhooks and most commands never pay. */
function parse(e164: string) {
  library ??= createRequire(import.meta.url)('libphonenumber-js') as typeof PhoneLibrary
  const parsed = library.parsePhoneNumberFromString(e164)
  // The library forgives a trunk prefix after the country code; we would then send to another number than was written.
  return parsed?.number === e164 ? parsed : undefined
}
