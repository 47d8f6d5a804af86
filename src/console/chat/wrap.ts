import {cut, visible, widthOf} from '../../cli/escape.ts'

/** A text in lines no wider than this. Words that are wider themselves are broken. */
export const wrap = (text: string, width: number): string[] =>
  text.split('\n').flatMap((line) => wrapLine(visible(line), width))

function wrapLine(line: string, width: number): string[] {
  const [, indent = '', rest = ''] = /^( *)(.*)$/s.exec(line) ?? []
  const [first = '', ...words] = rest.split(' ')
  const lines = broken(indent + first, width)
  for (const word of words) {
    const longer = `${lines.at(-1)} ${word}`
    if (widthOf(longer) <= width) lines[lines.length - 1] = longer
    else lines.push(...broken(word, width))
  }
  return lines
}

function broken(word: string, width: number): string[] {
  const pieces: string[] = []
  let piece = ''
  for (const character of word) {
    if (widthOf(piece + character) > width && piece !== '') {
      pieces.push(piece)
      piece = ''
    }
    piece += character
  }
  return [...pieces, piece]
}

/** Filled up with blanks to a width, or cut to it. */
export const padded = (text: string, width: number): string => {
  const fitting = cut(text, width)
  return fitting + ' '.repeat(Math.max(0, width - widthOf(fitting)))
}
