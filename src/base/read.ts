import {isRecord} from './json.ts'

/** Tolerant readers for JSON that others wrote. None throws; what has another shape reads as absent. */

export type Fields = Readonly<Record<string, unknown>>

const NOTHING: Fields = Object.freeze({})
const NO_ITEMS: readonly unknown[] = Object.freeze([])

/** An object's fields; anything else has none. */
export const fieldsOf = (value: unknown): Fields => (isRecord(value) ? value : NOTHING)

/** A list's items; anything else has none. */
export const itemsOf = (value: unknown): readonly unknown[] => (Array.isArray(value) ? (value as unknown[]) : NO_ITEMS)

/** Text that is not empty. Numbers count as text, because providers write ids both ways. */
export function textOf(value: unknown): string | undefined {
  if (typeof value === 'string') return value === '' ? undefined : value
  return typeof value === 'number' && Number.isFinite(value) ? String(value) : undefined
}

/** A finite number, also when written as text. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === 'string' && value.trim() !== '') return finite(Number(value))
  return typeof value === 'number' ? finite(value) : undefined
}

const finite = (value: number) => (Number.isFinite(value) ? value : undefined)

const LAST_MS = 8.64e15

/** Unix seconds as milliseconds; 0 when there is no such time. */
export function millisecondsOf(seconds: unknown): number {
  const ms = Math.trunc((numberOf(seconds) ?? 0) * 1000)
  return ms > 0 && ms <= LAST_MS ? ms : 0
}
