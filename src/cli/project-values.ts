import {PytakeError} from '../base/errors.ts'
import {isRecord, type Json} from '../base/json.ts'
import {didYouMean} from '../base/nearest.ts'

/** What differs in one context that a project is deployed to. */
export interface ProjectContext {
  tenant?: string
  /** Values of `${var.NAME}`, over those of the project. */
  variables?: Record<string, Json>
}

const name = /^[A-Za-z0-9_.-]+$/
const known = ['tenant', 'variables']

/** `variables: {NAME: value}`, as YAML gave it. */
export function variablesIn(value: unknown, field: string, path: string): Record<string, Json> | undefined {
  if (value === undefined || value === null) return undefined
  if (!isRecord(value)) throw wrong(path, field, 'must hold a value for each name')
  for (const [key, item] of Object.entries(value)) {
    if (!name.test(key)) throw wrong(path, `${field}.${key}`, 'is no name: use letters, digits, _, . and -')
    if (!isJson(item)) throw wrong(path, `${field}.${key}`, 'must be text, a number, true, false, a list or an object')
  }
  return value as Record<string, Json>
}

/** `contexts: {NAME: {tenant, variables}}`. */
export function contextsOf(value: unknown, path: string): Record<string, ProjectContext> | undefined {
  if (value === undefined || value === null) return undefined
  if (!isRecord(value)) throw wrong(path, 'contexts', 'must hold an object for each context')
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [key, contextOf(item, `contexts.${key}`, path)]))
}

function contextOf(value: unknown, field: string, path: string): ProjectContext {
  if (value === undefined || value === null) return {}
  if (!isRecord(value)) throw wrong(path, field, 'must hold tenant or variables')
  const other = Object.keys(value).find((key) => !known.includes(key))
  if (other !== undefined) throw wrong(path, `${field}.${other}`, 'is not known', didYouMean(other, known))
  const {tenant, variables} = value
  if (tenant !== undefined && tenant !== null && typeof tenant !== 'string')
    throw wrong(path, `${field}.tenant`, 'must be text')
  return {tenant: tenant ?? undefined, variables: variablesIn(variables, `${field}.variables`, path)}
}

/** YAML knows dates and other things that JSON does not. */
function isJson(value: unknown): value is Json {
  if (value === null || ['string', 'boolean'].includes(typeof value)) return true
  if (typeof value === 'number') return Number.isFinite(value)
  if (Array.isArray(value)) return value.every(isJson)
  return isRecord(value) && Object.getPrototypeOf(value) === Object.prototype && Object.values(value).every(isJson)
}

const wrong = (path: string, field: string, what: string, help?: string) =>
  new PytakeError('INVALID_FILE', `${path}: ${field} ${what}.`, {details: [{field, message: what}], help})
