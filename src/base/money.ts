import {formatBrl} from './numbers.ts'

/**
 * Centavos of an amount as systems write it: a number in reais, or text such as `99.9`, `99,90`, `1.234,56`,
 * `R$ 1.490,00`, `69.900000000`. Undefined when it is no amount. Never through binary fractions of the whole: `1.005`
 * is 101 wherever it came from.
 */
export function centsOf(value: unknown): number | undefined {
  if (typeof value === 'number') return Number.isFinite(value) ? centsOf(value.toFixed(6)) : undefined
  if (typeof value !== 'string') return undefined
  const text = value.replace(/[\s\u00a0]|R\$/gi, '')
  const match = /^(-?)(\d[\d.,]*)$/.exec(text)
  if (!match) return undefined
  const [whole = '', fraction = ''] = split(match[2] ?? '')
  if (!/^\d+$/.test(whole)) return undefined
  const cents = Number(whole) * 100 + Math.round(Number(`0.${fraction || '0'}`) * 100 + 1e-9)
  if (!Number.isSafeInteger(cents)) return undefined
  return match[1] === '-' ? -cents : cents
}

/** Whole part and fraction. The last mark is the decimal one, unless it only groups thousands. */
function split(digits: string): [string, string] {
  const at = Math.max(digits.lastIndexOf('.'), digits.lastIndexOf(','))
  if (at === -1) return [digits, '']
  const mark = digits[at] ?? ''
  const rest = digits.slice(at + 1)
  const repeated = digits.indexOf(mark) !== at
  if (repeated) return isGrouped(digits, mark) ? [digits.replaceAll(mark, ''), ''] : ['', '']
  const other = mark === '.' ? ',' : '.'
  const head = digits.slice(0, at)
  if (head.includes(other) && !isGrouped(head, other)) return ['', '']
  return [head.replaceAll(other, ''), rest]
}

const isGrouped = (digits: string, mark: string) => new RegExp(`^\\d{1,3}(\\${mark}\\d{3})+$`).test(digits)

/** `R$ 1.234,56` of 123456. */
export const formatCents = (cents: number): string => formatBrl(cents / 100)
