const NUL = String.fromCharCode(0)
const unstorable = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/gi

/** Text that both engines can hold: U+0000 and lone surrogates become U+FFFD, nothing else changes. */
export function storableText(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed()
  return whole.includes(NUL) ? whole.replaceAll(NUL, '\uFFFD') : whole
}

interface Part {
  value: unknown
  key?: string
  within?: Part
}

/**
 * Where in a JSON value a text or a key stands that the engines do not hold alike; undefined where none does. Callers are
 * asked for another one, so that what they read is what they wrote. No depth of nesting is too much for it.
 */
export function unstorableIn(value: unknown): string[] | undefined {
  const open: Part[] = [{value}]
  for (let part = open.pop(); part; part = open.pop()) {
    if (typeof part.value === 'string' && !isStorable(part.value)) return pathOf(part)
    if (typeof part.value !== 'object' || part.value === null) continue
    for (const [key, inner] of Object.entries(part.value)) {
      if (!isStorable(key)) return pathOf(part)
      open.push({value: inner, key, within: part})
    }
  }
  return undefined
}

function pathOf(part: Part): string[] {
  const path: string[] = []
  for (let one: Part | undefined = part; one?.key !== undefined; one = one.within) path.push(one.key)
  return path.reverse()
}

const isStorable = (text: string): boolean => text.isWellFormed() && !text.includes(NUL)

/** The same inside JSON text that `JSON.stringify` made, where both are escapes. */
export const storableJsonText = (text: string): string =>
  text.includes('\\u') ? text.replace(unstorable, '$1\\ufffd') : text
