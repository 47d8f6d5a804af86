import type {Io, Sink} from './io.ts'

const codes = {red: 31, green: 32, yellow: 33, cyan: 36, dim: 2, bold: 1} as const
export type Colour = keyof typeof codes

/** Colour where it is wanted and can be seen. It adds, never carries. */
export function isColoured(io: Pick<Io, 'env'>, sink: Sink): boolean {
  if (io.env.NO_COLOR) return false
  if (io.env.FORCE_COLOR) return io.env.FORCE_COLOR !== '0'
  return sink.isTTY && io.env.TERM !== 'dumb'
}

export type Paint = (colour: Colour, text: string) => string

/** Paints, or leaves text as it is. */
export const paintWith = (coloured: boolean): Paint =>
  coloured ? (colour, text) => `\u001b[${codes[colour]}m${text}\u001b[0m` : (_colour, text) => text

export const painter = (io: Pick<Io, 'env'>, sink: Sink): Paint => paintWith(isColoured(io, sink))
