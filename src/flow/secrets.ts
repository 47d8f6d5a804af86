import {createHash} from 'node:crypto'
import type {LanguageProblem} from '../base/language.ts'
import type {Text} from '../base/text.ts'
import type {Json} from './session.ts'

type Compiled = {text: Text; problem?: undefined} | {text?: undefined; problem: LanguageProblem}

const reference = /\$\{secret\.([A-Za-z0-9_]+)\}/g

const spoil = (text: string) => text.replaceAll('${secret.', '{secret.')

/**
 * Compiles a text that may hold `${secret.NAME}`. The references survive filling in, but one that a customer typed
 * does not: only the author of a flow may say which secret goes out.
 */
export function withSecrets(source: string, compileOne: (source: string) => Compiled): Compiled {
  const mark = `\u0001${createHash('sha256').update(source).digest('hex').slice(0, 16)}:`
  const compiled = compileOne(source.replace(reference, (_, name: string) => `${mark}${name}\u0001`))
  const {text} = compiled
  if (!text) return compiled
  if (text.literal !== undefined) return {text: {...text, source, literal: source}}
  const marks = new RegExp(`${mark}([A-Za-z0-9_]+)\u0001`, 'g')
  return {
    text: {
      source,
      uses: text.uses,
      paths: text.paths,
      extent: text.extent,
      render: (scope, moment) =>
        spoil(text.render(scope, moment)).replace(marks, (_, name: string) => `\${secret.${name}}`),
    },
  }
}

/** Names of the secrets that something in a flow refers to, each once. */
export const secretsIn = (value: unknown): string[] => [
  ...new Set([...(JSON.stringify(value) ?? '').matchAll(reference)].map(([, name = '']) => name)),
]

/** Data that came from outside, with every reference in it spoilt. */
export function withoutReferences(value: Json): Json {
  if (typeof value === 'string') return spoil(value)
  if (Array.isArray(value)) return value.map(withoutReferences)
  if (typeof value !== 'object' || value === null) return value
  return Object.fromEntries(Object.entries(value).map(([key, item]) => [spoil(key), withoutReferences(item)]))
}
