/** Lets so many through at once; the others wait in order, or give up. */
export interface Turnstile {
  /** Resolves with whether it is one's turn; false when `signal` aborted first. */
  enter(signal: AbortSignal): Promise<boolean>
  leave(): void
  readonly waiting: number
}

export function createTurnstile(room: number): Turnstile {
  let inside = 0
  const queue = new Set<() => void>()
  return {
    enter(signal) {
      if (signal.aborted) return Promise.resolve(false)
      if (inside < room) {
        inside++
        return Promise.resolve(true)
      }
      return new Promise((resolve) => {
        const end = (mine: boolean) => {
          queue.delete(admit)
          signal.removeEventListener('abort', giveUp)
          resolve(mine)
        }
        const admit = () => end(true)
        const giveUp = () => end(false)
        queue.add(admit)
        signal.addEventListener('abort', giveUp, {once: true})
      })
    },
    leave() {
      // Whoever waits takes the place over, so that nobody slips in between.
      const [next] = queue
      if (next) next()
      else inside--
    },
    get waiting() {
      return queue.size
    },
  }
}
