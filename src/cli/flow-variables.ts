import {PytakeError} from '../base/errors.ts'

/** `NAME=VALUE` pairs. What reads as a number, true, false or null is one; everything else is text. */
export function variablesOf(pairs: readonly string[] | undefined): Record<string, string | number | boolean | null> {
  return Object.fromEntries(
    (pairs ?? []).map((pair) => {
      const [, name, value] = /^(\w+)=(.*)$/s.exec(pair) ?? []
      if (name === undefined || value === undefined) {
        throw new PytakeError('BAD_REQUEST', `--var ${pair}: write it as NAME=VALUE.`)
      }
      return [name, plain(value)]
    }),
  )
}

function plain(text: string): string | number | boolean | null {
  if (text === 'true' || text === 'false') return text === 'true'
  if (text === 'null') return null
  return /^-?(0|[1-9]\d{0,14})(\.\d+)?$/.test(text) ? Number(text) : text
}
