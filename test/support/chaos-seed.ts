import type {Random} from '../../src/base/ids.ts'

/** Randomness that repeats for the same seed. */
export function seededRandom(seed: number): Random {
  let state = seed | 0
  const number = () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 4294967296
  }
  return {number, bytes: (length) => Buffer.from(Array.from({length}, () => Math.floor(number() * 256)))}
}
