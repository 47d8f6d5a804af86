import {isObject, type Json} from '../json.ts'
import {GraphError} from './error.ts'

/** Checks of a request's shape. Each throws the GraphError the real API answers with. */

/** What a text may be; `code` is the refusal for a wrong length. */
export interface TextRule {
  max: number
  min?: number
  code?: number
}

export const missing = (what: string) => new GraphError(131008, `Parameter '${what}' is required.`)

export const wrong = (details: string) => new GraphError(131009, details)

export const invalidParameter = (details: string) => new GraphError(100, details)

/** The object under `key`; 131008 without it, 100 when it is something else. */
export function needObject(parent: Json, key: string, at: string): Json {
  const value = parent[key]
  if (value === undefined || value === null) throw missing(place(at, key))
  if (!isObject(value)) throw invalidParameter(`Param ${place(at, key)} must be a JSON object.`)
  return value
}

export function optionalObject(parent: Json, key: string, at: string): Json | undefined {
  return parent[key] === undefined ? undefined : needObject(parent, key, at)
}

/** The list under `key`, of a length in [min, max]. */
export function needList(
  parent: Json,
  key: string,
  at: string,
  {min = 1, max}: {min?: number; max: number},
): unknown[] {
  const value = parent[key]
  if (value === undefined || value === null) throw missing(place(at, key))
  if (!Array.isArray(value)) throw invalidParameter(`Param ${place(at, key)} must be a JSON array.`)
  if (value.length < min || value.length > max) {
    throw wrong(`${place(at, key)} count not allowed. Min: ${min}, Max: ${max}, given: ${value.length}.`)
  }
  return value
}

/** The text under `key`, within its length. Lengths count UTF-16 units, the stricter of the ways to count. */
export function needText(parent: Json, key: string, at: string, rule: TextRule): string {
  const value = parent[key]
  if (value === undefined || value === null) throw missing(place(at, key))
  if (typeof value !== 'string') throw invalidParameter(`Param ${place(at, key)} must be a string.`)
  const min = rule.min ?? 1
  if (value.length >= min && value.length <= rule.max) return value
  const details = `Param ${place(at, key)} length invalid. Min length: ${min}, Max length: ${rule.max}, given: ${value.length}.`
  throw new GraphError(rule.code ?? 100, details)
}

export function optionalText(parent: Json, key: string, at: string, rule: TextRule): string | undefined {
  return parent[key] === undefined ? undefined : needText(parent, key, at, rule)
}

/** Refuses keys the API does not know. */
export function onlyKeys(value: Json, at: string, allowed: ReadonlySet<string>): void {
  for (const key of Object.keys(value)) {
    if (!allowed.has(key)) throw invalidParameter(`Unexpected key "${key}" on param "${at || 'root'}".`)
  }
}

/** A public http(s) address. */
export function needLink(parent: Json, key: string, at: string): string {
  const link = needText(parent, key, at, {max: 2000})
  if (!/^https?:\/\/[^\s/]+/i.test(link)) throw invalidParameter(`Param ${place(at, key)} is not a valid URI.`)
  return link
}

export const place = (at: string, key: string) => (at ? `${at}['${key}']` : key)
