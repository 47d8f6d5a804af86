import {randomBytes} from 'node:crypto'
import {v7} from 'uuid'
import type {Clock} from './clock.ts'

/** Source of ids. `next()` is a UUIDv7: time-ordered, and rising within one process. */
export interface Ids {
  next(): string
}

/** Whether a text is an id of ours, in whatever case: PostgreSQL takes nothing else for one. */
export const isUuid = (text: string): boolean => /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i.test(text)

/** Source of randomness. */
export interface Random {
  /** A number in [0, 1). */
  number(): number
  bytes(length: number): Buffer
}

export const systemRandom: Random = {
  number: () => Math.random(),
  bytes: (length) => randomBytes(length),
}

const SEQUENCE_BITS = 0x7fffffff

/**
 * UUIDv7 from the clock. Within one millisecond (and when the wall clock steps back) a sequence keeps ids rising,
 * because order of ids is order of sending.
 */
export function createIds(clock: Pick<Clock, 'now'>, random: Random = systemRandom): Ids {
  let last = 0
  let seq = 0
  let pool = random.bytes(1600)
  let at = 0
  return {
    next() {
      if (at + 16 > pool.length) {
        pool = random.bytes(1600)
        at = 0
      }
      const bytes = pool.subarray(at, (at += 16))
      const now = clock.now()
      if (now > last) {
        last = now
        seq = bytes.readUInt32BE(0) & (SEQUENCE_BITS >>> 1)
      } else if (++seq > SEQUENCE_BITS) {
        last++
        seq = 0
      }
      return v7({msecs: last, seq, random: bytes})
    },
  }
}
