import {type Document, isMap, isScalar, type Pair} from 'yaml'
import type {Path} from './problem.ts'

/**
 * What to do about a key that is none but the rest of a text: in `{text: Olá, Ana!}` the comma ends the text, and `Ana!` is a key
 * without a value. Undefined for any other key.
 */
export function unquotedComma(document: Document, path: Path): string | undefined {
  const map = document.getIn(path.slice(0, -1), true)
  if (!isMap(map) || map.flow !== true) return undefined
  const items = map.items
  const index = items.findIndex(({key}) => isScalar(key) && String(key.value) === String(path.at(-1)))
  const [pair] = items.slice(index, index + 1)
  // A text may have several commas: what stands before this key may be such a rest as well.
  const before = items.slice(0, Math.max(index, 0)).findLast((item) => !isEmpty(item))
  if (!pair || !isEmpty(pair) || !isScalar(before?.value)) return undefined
  const {type, value} = before.value
  if (type !== 'PLAIN' || typeof value !== 'string') return undefined
  return `A comma ends a text that has no quotes: put the text of "${String(isScalar(before.key) ? before.key.value : '')}" in quotes.`
}

const isEmpty = ({value}: Pair) => value === null || (isScalar(value) && value.value === null && !value.source)
