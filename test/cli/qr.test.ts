import {describe, expect, it} from 'vitest'
import {correctionWords, formatBits, qrCode, qrText, versionBits} from '../../src/cli/qr.ts'

describe('a QR code', () => {
  it('has the correction words of the textbook example', () => {
    const data = [32, 91, 11, 120, 209, 114, 220, 77, 67, 64, 236, 17, 236, 17, 236, 17]
    expect(correctionWords(data, 10)).toEqual([196, 35, 39, 119, 235, 215, 231, 226, 93, 23])
  })

  it.each([
    [0, '111011111000100'],
    [4, '110011000101111'],
    [7, '110100101110110'],
  ])('tells mask %i as the standard does', (mask, bits) => {
    expect(formatBits(mask).toString(2)).toBe(bits)
  })

  it.each([
    [7, '000111110010010100'],
    [40, '101000110001101001'],
  ])('tells version %i as the standard does', (version, bits) => {
    expect(versionBits(version).toString(2).padStart(18, '0')).toBe(bits)
  })

  it.each([
    [1, 21],
    [17, 21],
    [18, 25],
    [230, 53],
    [231, 57],
    [2953, 177],
  ])('of %i bytes is %i modules wide', (length, size) => {
    expect(qrCode('x'.repeat(length))).toHaveLength(size)
  })

  it.each(['2@abc', '2@'.padEnd(240, 'Zz9+/='), 'x'.repeat(700)])('reads back: %.12s', (text) => {
    expect(read(qrCode(text))).toBe(text)
  })

  it('is refused when no code can hold the text', () => {
    expect(() => qrCode('x'.repeat(2954))).toThrow(RangeError)
  })

  it('has a light margin all around on the terminal', () => {
    const lines = qrText(qrCode('2@abc')).trimEnd().split('\n')
    expect(lines[0]).toMatch(/^█+$/)
    for (const line of lines) expect(line).toMatch(/^██.*██$/)
    expect(new Set(lines.map((line) => line.length))).toEqual(new Set([25]))
  })
})

/** A reader written apart from the writer: it knows where modules are only from the standard's drawings. */
function read(modules: boolean[][]): string {
  const size = modules.length
  const version = (size - 17) / 4
  const bit = (x: number, y: number) => (modules[y]?.[x] ? 1 : 0)
  const format = [
    [0, 8],
    [1, 8],
    [2, 8],
    [3, 8],
    [4, 8],
    [5, 8],
    [7, 8],
    [8, 8],
    [8, 7],
    [8, 5],
    [8, 4],
    [8, 3],
    [8, 2],
    [8, 1],
    [8, 0],
  ].reduce((value, [x = 0, y = 0]) => value * 2 + bit(x, y), 0)
  const mask = ((format ^ 0b101010000010010) >> 10) & 7
  const flips = [
    (i: number, j: number) => (i + j) % 2,
    (i: number) => i % 2,
    (_i: number, j: number) => j % 3,
    (i: number, j: number) => (i + j) % 3,
    (i: number, j: number) => (Math.floor(i / 2) + Math.floor(j / 3)) % 2,
    (i: number, j: number) => ((i * j) % 2) + ((i * j) % 3),
    (i: number, j: number) => (((i * j) % 2) + ((i * j) % 3)) % 2,
    (i: number, j: number) => (((i + j) % 2) + ((i * j) % 3)) % 2,
  ]
  const centres: Record<number, number[]> = {1: [], 10: [6, 28, 50], 18: [6, 30, 56, 82]}
  const centre = centres[version] ?? []
  const last = size - 1
  const isAlignment = (x: number, y: number) =>
    centre.some((cx) =>
      centre.some((cy) => {
        const corner = (cx === 6 && cy === 6) || (cx === 6 && cy === last - 6) || (cx === last - 6 && cy === 6)
        return !corner && Math.abs(x - cx) <= 2 && Math.abs(y - cy) <= 2
      }),
    )
  const isFunction = (x: number, y: number) =>
    (x <= 8 && y <= 8) ||
    (x >= last - 7 && y <= 8) ||
    (x <= 8 && y >= last - 7) ||
    x === 6 ||
    y === 6 ||
    (version >= 7 && ((x >= last - 10 && y <= 5) || (y >= last - 10 && x <= 5))) ||
    isAlignment(x, y)
  const bits: number[] = []
  let up = true
  for (let column = last; column > 0; column -= 2) {
    if (column === 6) column--
    for (let step = 0; step < size; step++) {
      const y = up ? last - step : step
      for (const x of [column, column - 1]) {
        if (!isFunction(x, y)) bits.push(bit(x, y) ^ (flips[mask]?.(y, x) === 0 ? 1 : 0))
      }
    }
    up = !up
  }
  const words = Array.from({length: Math.floor(bits.length / 8)}, (_, i) =>
    Number.parseInt(bits.slice(i * 8, i * 8 + 8).join(''), 2),
  )
  // Data blocks of these versions at level L, from the standard's table.
  const table: Record<number, number[]> = {1: [19], 10: [68, 68, 69, 69], 18: [120, 120, 120, 120, 120, 121]}
  const lengths = table[version] ?? []
  const parts = lengths.map((): number[] => [])
  let next = 0
  for (let i = 0; i < Math.max(...lengths); i++) {
    for (const [part, length] of lengths.entries()) if (i < length) parts[part]?.push(words[next++] ?? 0)
  }
  const stream = parts
    .flat()
    .map((word) => word.toString(2).padStart(8, '0'))
    .join('')
  const wide = version < 10 ? 8 : 16
  const length = Number.parseInt(stream.slice(4, 4 + wide), 2)
  const bytes = Array.from({length}, (_, i) => Number.parseInt(stream.slice(4 + wide + i * 8, 12 + wide + i * 8), 2))
  return Buffer.from(bytes).toString()
}
