import {isRecord, type Json} from '../base/json.ts'
import {didYouMean} from '../base/nearest.ts'

/** What differs in one context that a project is deployed to. */
export interface ProjectContext {
  tenant?: string
  /** Values of `${var.NAME}`, over those of the project. */
  variables?: Record<string, Json>
}

type Place = readonly string[]

/** Notes what is wrong in the project file, so that all of it is told at once; `at: 'key'` points at its name. */
export type Wrong = (place: Place, what: string, more?: {help?: string; at?: 'key'}) => void

const name = /^[A-Za-z0-9_.-]+$/

/** Notes every key that is none of those known there. */
export function refuseUnknown(
  value: Record<string, unknown>,
  known: readonly string[],
  {place = [], wrong}: {place?: Place; wrong: Wrong},
): void {
  for (const other of Object.keys(value).filter((key) => !known.includes(key))) {
    const help = didYouMean(other, known) ?? `Known here: ${known.join(', ')}.`
    wrong([...place, other], 'is not known', {help, at: 'key'})
  }
}

export function textIn(value: unknown, place: Place, wrong: Wrong): string | undefined {
  if (typeof value === 'string') return value
  if (value !== undefined && value !== null) wrong(place, 'must be text')
  return undefined
}

/** `variables: {NAME: value}`. */
export function variablesIn(value: unknown, place: Place, wrong: Wrong): Record<string, Json> | undefined {
  if (value === undefined || value === null) return undefined
  if (!isRecord(value)) {
    wrong(place, 'must hold a value for each name')
    return undefined
  }
  for (const [key, item] of Object.entries(value)) {
    const here = [...place, key]
    if (!name.test(key)) wrong(here, 'is no name: use letters, digits, _, . and -', {at: 'key'})
    if (!isPlain(item)) wrong(here, 'must be text, a number, true or false')
  }
  return value as Record<string, Json>
}

/** A variable is put into texts: there is no one way to write a list in them. */
const isPlain = (value: unknown) => ['string', 'boolean'].includes(typeof value) || Number.isFinite(value)

/** `contexts: {NAME: {tenant, variables}}`. */
export function contextsOf(value: unknown, wrong: Wrong): Record<string, ProjectContext> | undefined {
  if (value === undefined || value === null) return undefined
  if (!isRecord(value)) {
    wrong(['contexts'], 'must hold an object for each context')
    return undefined
  }
  return Object.fromEntries(
    Object.entries(value).map(([key, item]) => [key, contextOf(item, ['contexts', key], wrong)]),
  )
}

function contextOf(value: unknown, place: Place, wrong: Wrong): ProjectContext {
  if (value === undefined || value === null) return {}
  if (!isRecord(value)) {
    wrong(place, 'must hold tenant or variables')
    return {}
  }
  refuseUnknown(value, ['tenant', 'variables'], {place, wrong})
  return {
    tenant: textIn(value.tenant, [...place, 'tenant'], wrong),
    variables: variablesIn(value.variables, [...place, 'variables'], wrong),
  }
}

/** `lint: {rules: {id: off | warn | error}}`. Which rules there are is known where they are used. */
export function lintRulesOf(lint: unknown, wrong: Wrong): Record<string, string> | undefined {
  if (lint === undefined || lint === null) return undefined
  if (isRecord(lint)) refuseUnknown(lint, ['rules'], {place: ['lint'], wrong})
  const rules = isRecord(lint) ? (lint.rules ?? {}) : undefined
  // YAML 1.1 readers take off for false; whoever writes false means the same.
  const entries = Object.entries(isRecord(rules) ? rules : {}).map(([id, value]): [string, unknown] => [
    id,
    value === false ? 'off' : value,
  ])
  const help = 'lint: {rules: {dead-end: off}}'
  if (!isRecord(rules)) wrong(['lint', 'rules'], 'must hold a severity for each rule', {help})
  for (const [id, severity] of entries) {
    if (typeof severity !== 'string') wrong(['lint', 'rules', id], 'must hold a severity for each rule', {help})
  }
  return Object.fromEntries(entries) as Record<string, string>
}
