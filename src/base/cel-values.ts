import {Duration, UnsignedInt} from '@marcbachmann/cel-js/evaluator'
import type {Value} from './functions.ts'
import type {Json} from './json.ts'

/** Lists longer than this do not enter an expression. */
export const MOST_LIST_ITEMS = 1_000
const DEEPEST = 32
/** The library tells types apart by `constructor`, so a customer's data must not carry one of its own. */
export const unsafeKeys: ReadonlySet<string> = new Set(['constructor', '__proto__', 'prototype'])

/** JSON as CEL sees it: whole numbers become integers, objects lose their prototype. Throws when a list is too long. */
export function toCel(value: unknown, depth = 0): unknown {
  switch (typeof value) {
    case 'number':
      return Number.isSafeInteger(value) ? BigInt(value) : value
    case 'string':
    case 'boolean':
      return value
    case 'object':
      if (value === null || value instanceof Date) return value
      if (depth > DEEPEST) throw new Error(`A value is nested deeper than ${DEEPEST} levels.`)
      return Array.isArray(value) ? listToCel(value, depth) : recordToCel(value, depth)
    default:
      return null
  }
}

function listToCel(list: readonly unknown[], depth: number): unknown[] {
  if (list.length > MOST_LIST_ITEMS) throw new Error(`A list has ${list.length} items; ${MOST_LIST_ITEMS} are allowed.`)
  return list.map((item) => toCel(item, depth + 1))
}

function recordToCel(record: object, depth: number): Record<string, unknown> {
  const result = Object.create(null) as Record<string, unknown>
  for (const [key, item] of Object.entries(record)) if (!unsafeKeys.has(key)) result[key] = toCel(item, depth + 1)
  return result
}

export function fromCel(value: unknown): Json
export function fromCel(value: unknown, keepDates: true): Value
/** CEL's result as JSON: integers become numbers, instants ISO text, durations seconds. Throws for what is no data. */
export function fromCel(value: unknown, keepDates = false): Value {
  switch (typeof value) {
    case 'bigint':
      return Number(value)
    case 'number':
      if (!Number.isFinite(value)) throw new Error('The result is no finite number.')
      return value
    case 'string':
    case 'boolean':
      return value
    case 'object':
      return objectFromCel(value, keepDates)
    default:
      throw new Error('The result is no data.')
  }
}

function objectFromCel(value: object | null, keepDates: boolean): Value {
  if (value === null) return null
  if (value instanceof Date) return keepDates ? value : value.toISOString()
  if (Array.isArray(value)) return value.map((item) => fromCel(item))
  if (value instanceof UnsignedInt) return Number(value.value)
  if (value instanceof Duration) return Number(value.seconds)
  if (value instanceof Map) return recordFromCel([...value.entries()])
  const prototype: unknown = Object.getPrototypeOf(value)
  if (prototype !== null && prototype !== Object.prototype) throw new Error('The result is no data.')
  return recordFromCel(Object.entries(value))
}

function recordFromCel(entries: [unknown, unknown][]): {[key: string]: Json} {
  const result: {[key: string]: Json} = {}
  for (const [key, item] of entries) {
    if (!unsafeKeys.has(String(key))) result[String(key)] = fromCel(item)
  }
  return result
}
