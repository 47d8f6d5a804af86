import {cut, visible, widthOf} from '../../cli/escape.ts'

/** A text in lines no wider than this. Words that are wider themselves are broken. */
export const wrap = (text: string, width: number): string[] =>
  text.split('\n').flatMap((line) => wrapLine(visible(line), width))

function wrapLine(line: string, width: number): string[] {
  const lines = ['']
  for (const word of line.split(' ')) {
    const last = lines.at(-1) ?? ''
    const longer = last === '' && lines.length === 1 && word === '' ? ' ' : last === '' ? word : `${last} ${word}`
    if (widthOf(longer) <= width) lines[lines.length - 1] = longer
    else lines.push(...broken(word, width))
  }
  return lines[0] === '' && lines.length > 1 ? lines.slice(1) : lines
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
