const NUL = String.fromCharCode(0)
const unstorable = /(?<!\\)((?:\\\\)*)\\u(?:0000|d[89a-f][0-9a-f]{2})/gi

/** Text that both engines can hold: U+0000 and lone surrogates become U+FFFD, nothing else changes. */
export function storableText(text: string): string {
  const whole = text.isWellFormed() ? text : text.toWellFormed()
  return whole.includes(NUL) ? whole.replaceAll(NUL, '\uFFFD') : whole
}

/** The same inside JSON text that `JSON.stringify` made, where both are escapes. */
export const storableJsonText = (text: string): string =>
  text.includes('\\u') ? text.replace(unstorable, '$1\\ufffd') : text
