const shape = /^-?\d[\d.,]*$/
const thousandsOnly = /^-?\d{1,3}(\.\d{3})+$/
const MOST_DIGITS = 15

/**
 * A number as Brazilians write it: `1.234,56`, `R$ 99,90`, `1.500` (thousands) and also `10.5`; undefined for anything
 * else. With both signs present the last one is the decimal mark.
 */
export function parseNumber(text: string): number | undefined {
  const bare = text.replace(/^\s*(-?)\s*(?:R\$)?\s*/i, '$1').trim()
  if (!shape.test(bare) || bare.replace(/\D/g, '').length > MOST_DIGITS) return undefined
  const comma = bare.lastIndexOf(',')
  const dot = bare.lastIndexOf('.')
  const plain =
    comma > dot
      ? bare.replaceAll('.', '').replace(',', '.')
      : comma >= 0 || thousandsOnly.test(bare)
        ? bare.replaceAll(comma >= 0 ? ',' : '.', '')
        : bare
  const value = Number(plain)
  return Number.isFinite(value) ? value : undefined
}

const NBSP = /\u00a0/g
let reais: Intl.NumberFormat | undefined

/** `R$ 1.234,56`, with a plain space, so that it compares and copies like typed text. */
export function formatBrl(value: number): string {
  reais ??= new Intl.NumberFormat('pt-BR', {style: 'currency', currency: 'BRL'})
  return reais.format(value).replace(NBSP, ' ')
}
