import type {Clock} from '../../base/clock.ts'

/** So many a second, one second's worth at once. */
export interface Allowance {
  take(): boolean
  /** Counts one that is not ours to refuse. */
  note(): void
}

export function createAllowance(clock: Clock, perSecond: number): Allowance {
  let left = perSecond
  let at = clock.now()
  const refill = () => {
    const now = clock.now()
    left = Math.min(perSecond, left + (Math.max(0, now - at) * perSecond) / 1000)
    at = now
  }
  return {
    take() {
      if (left < 1) refill()
      if (left < 1) return false
      left--
      return true
    },
    note() {
      left = Math.max(0, left - 1)
    },
  }
}

/** The pair rate: how fast one person may be written to. */
export interface Pairs {
  take(person: string): boolean
}

interface Debt {
  /** When all that was sent is paid for at the normal rate. */
  paidAt: number
  burstAt: number
}

const EVERY_MS = 6000
const BURST = 45
const BURST_MS = 6000
const REMEMBER = 100_000

export function createPairs(clock: Clock, mode: boolean | 'strict'): Pairs {
  const debts = new Map<string, Debt>()
  return {
    take(person) {
      if (mode === false) return true
      const now = clock.now()
      const debt = debts.get(person)
      if (!debt || debt.paidAt <= now) {
        if (debts.size > REMEMBER) forgetPaid(debts, now)
        debts.set(person, {paidAt: now + EVERY_MS, burstAt: now})
        return true
      }
      const burst = mode === true || now - debt.burstAt < BURST_MS
      if (!burst || debt.paidAt - now > (BURST - 1) * EVERY_MS) return false
      debt.paidAt += EVERY_MS
      return true
    },
  }
}

function forgetPaid(debts: Map<string, Debt>, now: number): void {
  for (const [person, debt] of debts) if (debt.paidAt <= now) debts.delete(person)
}
