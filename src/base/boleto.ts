/** Brazilian payment slips: the typed line (linha digitável), the bar code, and what both say. */

const DAY_MS = 86_400_000
const FIRST_BASE = Date.UTC(1997, 9, 7)
/** On 2025-02-22 the due factor began again at 1000, and does so every 9,000 days. */
const SECOND_BASE = Date.UTC(2025, 1, 22)
const FACTOR_CYCLE = 9000

export interface Boleto {
  kind: 'bank' | 'utility'
  /** 47 or 48 digits without marks. */
  line: string
  /** 44 digits. */
  barcode: string
  /** Null where the slip leaves the amount open. */
  amountCents: number | null
  /** `2026-12-10`; null where the slip has none. */
  dueOn: string | null
}

/** Check digit of a field: weights 2, 1 from the right, digits of each product added. */
export function modulo10(digits: string): number {
  let sum = 0
  for (let i = 0; i < digits.length; i++) {
    const product = Number(digits[digits.length - 1 - i]) * (i % 2 === 0 ? 2 : 1)
    sum += product > 9 ? product - 9 : product
  }
  return (10 - (sum % 10)) % 10
}

function weightedSum(digits: string): number {
  let sum = 0
  for (let i = 0; i < digits.length; i++) sum += Number(digits[digits.length - 1 - i]) * (2 + (i % 8))
  return sum
}

/** General check digit of a bank slip, over the 43 other digits: never 0. */
function bankDigit(digits: string): number {
  const digit = 11 - (weightedSum(digits) % 11)
  return digit > 9 ? 1 : digit
}

/** Check digit of a utility slip whose third digit says 8 or 9. */
function modulo11(digits: string): number {
  const rest = weightedSum(digits) % 11
  if (rest < 2) return 0
  return 11 - rest
}

/** Reads a typed line however it is punctuated; undefined when a check digit is wrong. `today` is in ms. */
export function parseLine(text: string, today: number): Boleto | undefined {
  const line = text.replace(/[\s.-]/g, '')
  if (/^\d{47}$/.test(line)) return bankSlip(line, today)
  return /^8\d{47}$/.test(line) ? utilitySlip(line) : undefined
}

function bankSlip(line: string, today: number): Boleto | undefined {
  const fields = [line.slice(0, 10), line.slice(10, 21), line.slice(21, 32)]
  if (fields.some((field) => modulo10(field.slice(0, -1)) !== Number(field.at(-1)))) return undefined
  const free = line.slice(4, 9) + line.slice(10, 20) + line.slice(21, 31)
  const barcode = line.slice(0, 4) + line.slice(32, 47) + free
  return isBarcode(barcode) ? bankFacts(line, barcode, today) : undefined
}

function bankFacts(line: string, barcode: string, today: number): Boleto {
  const cents = Number(barcode.slice(9, 19))
  const dueOn = dueOf(Number(barcode.slice(5, 9)), today)
  return {kind: 'bank', line, barcode, amountCents: cents === 0 ? null : cents, dueOn}
}

/** The same factor means a day of each cycle: the one nearest to today is meant. */
function dueOf(factor: number, today: number): string | null {
  if (factor < 1000) return factor === 0 ? null : dayOf(FIRST_BASE + factor * DAY_MS)
  const candidates = [FIRST_BASE + factor * DAY_MS]
  for (let cycle = 0; cycle < 3; cycle++) {
    candidates.push(SECOND_BASE + (factor - 1000 + cycle * FACTOR_CYCLE) * DAY_MS)
  }
  return dayOf(candidates.reduce((best, one) => (Math.abs(one - today) < Math.abs(best - today) ? one : best)))
}

const dayOf = (ms: number) => new Date(ms).toISOString().slice(0, 10)

function utilitySlip(line: string): Boleto | undefined {
  const blocks = [0, 12, 24, 36].map((from) => line.slice(from, from + 12))
  const digit = '67'.includes(line[2] ?? '') ? modulo10 : modulo11
  if (!'6789'.includes(line[2] ?? 'x')) return undefined
  if (blocks.some((block) => digit(block.slice(0, 11)) !== Number(block[11]))) return undefined
  const barcode = blocks.map((block) => block.slice(0, 11)).join('')
  if (digit(barcode.slice(0, 3) + barcode.slice(4)) !== Number(barcode[3])) return undefined
  const cents = Number(barcode.slice(4, 15))
  const hasAmount = '68'.includes(line[2] ?? '')
  return {kind: 'utility', line, barcode, amountCents: hasAmount && cents > 0 ? cents : null, dueOn: null}
}

/** Whether 44 digits are the bar code of a bank slip. */
export const isBarcode = (code: string): boolean =>
  /^\d{44}$/.test(code) && bankDigit(code.slice(0, 4) + code.slice(5)) === Number(code[4])

/** The typed line of a bank slip's bar code, digits only. Undefined when it is none. */
export function lineOf(barcode: string): string | undefined {
  if (!isBarcode(barcode)) return undefined
  const free = barcode.slice(19)
  const fields = [barcode.slice(0, 4) + free.slice(0, 5), free.slice(5, 15), free.slice(15)]
  return fields.map((field) => field + modulo10(field)).join('') + barcode.slice(4, 19)
}

/** `75691.00014 00000.000109 00000.010025 4 16560000009990`; anything but 47 digits comes back as it was. */
export function formatLine(line: string): string {
  const parts = /^(\d{5})(\d{5})(\d{5})(\d{6})(\d{5})(\d{6})(\d)(\d{14})$/.exec(line)
  if (!parts) return line
  const [, a, b, c, d, e, f, g, h] = parts
  return `${a}.${b} ${c}.${d} ${e}.${f} ${g} ${h}`
}
