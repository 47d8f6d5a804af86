/** What WhatsApp takes, in characters. */
export const limits = {
  text: 4096,
  body: 1024,
  caption: 1024,
  header: 60,
  footer: 60,
  buttonTitle: 20,
  rowTitle: 24,
  rowDescription: 72,
  sectionTitle: 24,
  listButton: 20,
  ctaTitle: 20,
} as const

/** More than this many become a list. */
export const MAX_BUTTONS = 3
export const MAX_OPTIONS = 10

/** Length as WhatsApp counts it: code points. */
function lengthOf(text: string): number {
  return Array.from(text).length
}

/** Shortens to a limit; only text that was filled in can be too long here. */
export function cut(text: string, most: number): string {
  return text.length <= most || lengthOf(text) <= most ? text : `${[...text].slice(0, most - 1).join('')}…`
}
