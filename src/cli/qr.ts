/** QR codes (ISO/IEC 18004) of bytes at error correction level L: what a phone reads off a terminal. */

const MOST_VERSION = 40
/** Per version, level L: correction bytes per block, and blocks. */
const correction = [
  7, 10, 15, 20, 26, 18, 20, 24, 30, 18, 20, 24, 26, 30, 22, 24, 28, 30, 28, 28, 28, 28, 30, 30, 26, 28, 30, 30, 30, 30,
  30, 30, 30, 30, 30, 30, 30, 30, 30, 30,
]
const blocks = [
  1, 1, 1, 1, 1, 2, 2, 2, 2, 4, 4, 4, 4, 4, 6, 6, 6, 6, 7, 8, 8, 9, 9, 10, 12, 12, 12, 13, 14, 15, 16, 17, 18, 19, 19,
  20, 21, 22, 24, 25,
]

const LEVEL_L = 1
const BYTE_MODE = 4

/** Modules by row, true is dark, without the quiet zone. Throws a RangeError beyond 2,953 bytes. */
export function qrCode(text: string): boolean[][] {
  const bytes = new TextEncoder().encode(text)
  const version = versionFor(bytes.length)
  const words = interleave(dataWords(bytes, version), version)
  const candidates = masks.map((_mask, mask) => draw(version, words, mask))
  return candidates.reduce((best, one) => (unevenness(one) < unevenness(best) ? one : best))
}

/** As text: two rows of modules a line, with the quiet zone that readers need, dark on light whatever the theme. */
export function qrText(modules: readonly boolean[][]): string {
  const size = modules.length
  const dark = (x: number, y: number) => modules[y]?.[x] ?? false
  const lines: string[] = []
  for (let y = -2; y < size + 2; y += 2) {
    let line = ''
    for (let x = -2; x < size + 2; x++) {
      line += dark(x, y) ? (dark(x, y + 1) ? ' ' : '▄') : dark(x, y + 1) ? '▀' : '█'
    }
    lines.push(line)
  }
  return `${lines.join('\n')}\n`
}

const sizeOf = (version: number): number => version * 4 + 17
const lengthBits = (version: number): number => (version < 10 ? 8 : 16)

function rawWords(version: number): number {
  let bits = (16 * version + 128) * version + 64
  if (version >= 2) {
    const count = Math.floor(version / 7) + 2
    bits -= (25 * count - 10) * count - 55
    if (version >= 7) bits -= 36
  }
  return Math.floor(bits / 8)
}

const at = (table: readonly number[], index: number): number => table[index] ?? 0
const dataCapacity = (version: number): number =>
  rawWords(version) - at(correction, version - 1) * at(blocks, version - 1)

function versionFor(length: number): number {
  for (let version = 1; version <= MOST_VERSION; version++) {
    if (4 + lengthBits(version) + length * 8 <= dataCapacity(version) * 8) return version
  }
  throw new RangeError('Too much text for a QR code.')
}

function dataWords(bytes: Uint8Array, version: number): number[] {
  const bits: number[] = []
  const push = (value: number, count: number) => {
    for (let bit = count - 1; bit >= 0; bit--) bits.push((value >>> bit) & 1)
  }
  push(BYTE_MODE, 4)
  push(bytes.length, lengthBits(version))
  for (const byte of bytes) push(byte, 8)
  const capacity = dataCapacity(version) * 8
  push(0, Math.min(4, capacity - bits.length))
  push(0, (8 - (bits.length % 8)) % 8)
  for (let pad = 0xec; bits.length < capacity; pad ^= 0xec ^ 0x11) push(pad, 8)
  return Array.from({length: bits.length / 8}, (_, i) =>
    bits.slice(i * 8, i * 8 + 8).reduce((a, bit) => a * 2 + bit, 0),
  )
}

function interleave(data: readonly number[], version: number): number[] {
  const count = at(blocks, version - 1)
  const correctionLength = at(correction, version - 1)
  const short = Math.floor(rawWords(version) / count) - correctionLength
  const firstLong = count - (rawWords(version) % count)
  const parts: {data: number[]; correction: number[]}[] = []
  for (let i = 0, offset = 0; i < count; i++) {
    const part = data.slice(offset, offset + short + (i < firstLong ? 0 : 1))
    offset += part.length
    parts.push({data: part, correction: correctionWords(part, correctionLength)})
  }
  const words: number[] = []
  for (let i = 0; i <= short; i++) for (const part of parts) if (i < part.data.length) words.push(at(part.data, i))
  for (let i = 0; i < correctionLength; i++) for (const part of parts) words.push(at(part.correction, i))
  return words
}

/** In GF(2^8) with the polynomial 0x11d. */
function multiply(a: number, b: number): number {
  let product = 0
  for (let bit = 7; bit >= 0; bit--) {
    product = (product << 1) ^ ((product >>> 7) * 0x11d)
    product ^= ((b >>> bit) & 1) * a
  }
  return product
}

/** The Reed-Solomon remainder of a block. */
export function correctionWords(data: readonly number[], degree: number): number[] {
  const divisor = Array<number>(degree).fill(0)
  divisor[degree - 1] = 1
  for (let i = 0, root = 1; i < degree; i++, root = multiply(root, 2)) {
    for (let j = 0; j < degree; j++)
      divisor[j] = multiply(at(divisor, j), root) ^ (j + 1 < degree ? at(divisor, j + 1) : 0)
  }
  const rest = Array<number>(degree).fill(0)
  for (const word of data) {
    const factor = word ^ at(rest, 0)
    rest.shift()
    rest.push(0)
    for (let j = 0; j < degree; j++) rest[j] = at(rest, j) ^ multiply(at(divisor, j), factor)
  }
  return rest
}

const remainder = (value: number, count: number, generator: number): number => {
  let rest = value
  for (let i = 0; i < count; i++) rest = (rest << 1) ^ ((rest >>> (count - 1)) * generator)
  return rest
}

/** Fifteen bits that tell level and mask. */
export function formatBits(mask: number): number {
  const data = (LEVEL_L << 3) | mask
  return ((data << 10) | remainder(data, 10, 0x537)) ^ 0x5412
}

/** Eighteen bits that tell the version, from 7 on. */
export const versionBits = (version: number): number => (version << 12) | remainder(version, 12, 0x1f25)

const masks: readonly ((x: number, y: number) => boolean)[] = [
  (x, y) => (x + y) % 2 === 0,
  (_x, y) => y % 2 === 0,
  (x) => x % 3 === 0,
  (x, y) => (x + y) % 3 === 0,
  (x, y) => (Math.floor(x / 3) + Math.floor(y / 2)) % 2 === 0,
  (x, y) => ((x * y) % 2) + ((x * y) % 3) === 0,
  (x, y) => (((x * y) % 2) + ((x * y) % 3)) % 2 === 0,
  (x, y) => (((x + y) % 2) + ((x * y) % 3)) % 2 === 0,
]

interface Canvas {
  size: number
  dark: boolean[][]
  /** Modules that carry no data. */
  fixed: boolean[][]
  set: (x: number, y: number, dark: boolean) => void
}

function canvasOf(version: number): Canvas {
  const size = sizeOf(version)
  const grid = () => Array.from({length: size}, () => Array<boolean>(size).fill(false))
  const dark = grid()
  const fixed = grid()
  return {
    size,
    dark,
    fixed,
    set(x, y, isDark) {
      const row = dark[y]
      const fixedRow = fixed[y]
      if (!row || !fixedRow || x < 0 || x >= size) return
      row[x] = isDark
      fixedRow[x] = true
    },
  }
}

function draw(version: number, words: readonly number[], mask: number): boolean[][] {
  const canvas = canvasOf(version)
  drawPatterns(canvas, version)
  drawFormat(canvas, mask)
  if (version >= 7) drawVersion(canvas, version)
  drawWords(canvas, words, masks[mask] ?? (() => false))
  return canvas.dark
}

function drawPatterns({size, set}: Canvas, version: number): void {
  for (let i = 0; i < size; i++) {
    set(6, i, i % 2 === 0)
    set(i, 6, i % 2 === 0)
  }
  const square = (cx: number, cy: number, reach: number, light: readonly number[]) => {
    for (let dy = -reach; dy <= reach; dy++) {
      for (let dx = -reach; dx <= reach; dx++)
        set(cx + dx, cy + dy, !light.includes(Math.max(Math.abs(dx), Math.abs(dy))))
    }
  }
  for (const [x, y] of [
    [3, 3],
    [size - 4, 3],
    [3, size - 4],
  ] as const)
    square(x, y, 4, [2, 4])
  const places = alignment(version)
  const last = places.length - 1
  for (const [i, x] of places.entries()) {
    for (const [j, y] of places.entries()) {
      const onFinder = (i === 0 && j === 0) || (i === 0 && j === last) || (i === last && j === 0)
      if (!onFinder) square(x, y, 2, [1])
    }
  }
}

function alignment(version: number): number[] {
  if (version === 1) return []
  const count = Math.floor(version / 7) + 2
  const step = version === 32 ? 26 : Math.ceil((version * 4 + 4) / (count * 2 - 2)) * 2
  const places = [6]
  for (let i = count - 2; i >= 0; i--) places.push(sizeOf(version) - 7 - i * step)
  return places
}

function drawFormat({size, set}: Canvas, mask: number): void {
  const bits = formatBits(mask)
  const bit = (i: number) => ((bits >>> i) & 1) === 1
  for (let i = 0; i <= 5; i++) set(8, i, bit(i))
  set(8, 7, bit(6))
  set(8, 8, bit(7))
  set(7, 8, bit(8))
  for (let i = 9; i < 15; i++) set(14 - i, 8, bit(i))
  for (let i = 0; i < 8; i++) set(size - 1 - i, 8, bit(i))
  for (let i = 8; i < 15; i++) set(8, size - 15 + i, bit(i))
  set(8, size - 8, true)
}

function drawVersion({size, set}: Canvas, version: number): void {
  const bits = versionBits(version)
  for (let i = 0; i < 18; i++) {
    const dark = ((bits >>> i) & 1) === 1
    const along = size - 11 + (i % 3)
    const across = Math.floor(i / 3)
    set(along, across, dark)
    set(across, along, dark)
  }
}

/** Two columns at a time, up and down in turn from the right, stepping over the timing column. */
function drawWords(
  {size, dark, fixed}: Canvas,
  words: readonly number[],
  mask: (x: number, y: number) => boolean,
): void {
  let next = 0
  for (let right = size - 1; right >= 1; right -= 2) {
    if (right === 6) right = 5
    const upward = ((right + 1) & 2) === 0
    for (let step = 0; step < size; step++) {
      const y = upward ? size - 1 - step : step
      for (const x of [right, right - 1]) {
        const row = dark[y]
        if (!row || fixed[y]?.[x]) continue
        const bit = next < words.length * 8 && ((at(words, next >>> 3) >>> (7 - (next & 7))) & 1) === 1
        next++
        row[x] = bit !== mask(x, y)
      }
    }
  }
}

/** The two penalties of the standard that matter most to a camera: long runs, and blocks of one colour. */
function unevenness(modules: readonly boolean[][]): number {
  let penalty = 0
  const size = modules.length
  for (let a = 0; a < size; a++) {
    for (const read of [(b: number) => modules[a]?.[b], (b: number) => modules[b]?.[a]]) {
      let run = 0
      for (let b = 0; b < size; b++) {
        run = b > 0 && read(b) === read(b - 1) ? run + 1 : 1
        if (run === 5) penalty += 3
        else if (run > 5) penalty++
      }
    }
  }
  for (let y = 1; y < size; y++) {
    for (let x = 1; x < size; x++) {
      const corner = modules[y]?.[x]
      const same = [modules[y - 1]?.[x], modules[y]?.[x - 1], modules[y - 1]?.[x - 1]].every((one) => one === corner)
      if (same) penalty += 3
    }
  }
  return penalty
}
