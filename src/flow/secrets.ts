import {createHash} from 'node:crypto'
import type {LanguageProblem} from '../base/language.ts'
import type {Text} from '../base/text.ts'

type Compiled = {text: Text; problem?: undefined} | {text?: undefined; problem: LanguageProblem}

const reference = /\$\{secret\.([A-Za-z0-9_]+)\}/g

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
      render: (scope, moment) =>
        text
          .render(scope, moment)
          .replaceAll('${secret.', '{secret.')
          .replace(marks, (_, name: string) => `\${secret.${name}}`),
    },
  }
}
