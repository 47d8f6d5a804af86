const plain = /^[a-z0-9]+(?: [a-z0-9]+)*$/
const marks = /\p{M}+/gu
const outer = /^[^\p{L}\p{N}]+|[^\p{L}\p{N}]+$/gu
const spaces = /\s+/g

/**
 * The form in which what people type is compared: no accents, lower case, single spaces, no punctuation or emoji around
 * it. Text made of nothing but signs keeps them, so that an emoji can be an option.
 */
export function fold(text: string): string {
  if (plain.test(text)) return text
  const lower = text.normalize('NFD').replace(marks, '').toLowerCase().replace(spaces, ' ')
  return lower.replace(outer, '') || lower.trim()
}

const between = /[^\p{L}\p{N}]+/gu

/** Folded text as words, for finding a word inside a sentence. */
export function foldWords(text: string): string {
  return fold(text).replace(between, ' ').trim()
}
