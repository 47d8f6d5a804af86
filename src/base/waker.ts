import {Alarm, type Clock} from './clock.ts'

/** A wait that can be cut short. A wake that comes while nobody waits is kept for the next wait. */
export interface Waker {
  wake: () => void
  wait(ms: number): Promise<void>
  /** Forgets a wake that nobody waited for: what it told of is about to be seen. */
  forget(): void
}

export function createWaker(clock: Pick<Clock, 'sleep'>): Waker {
  let pending = false
  let alarm: Alarm | undefined
  return {
    wake: () => {
      pending = true
      alarm?.ring()
    },
    async wait(ms) {
      if (!pending) {
        alarm = new Alarm()
        await clock.sleep(ms, alarm)
        alarm = undefined
      }
      pending = false
    },
    forget() {
      pending = false
    },
  }
}
