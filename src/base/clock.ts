/** Where time comes from. Everything that reads the time or waits takes one of these, so tests own time. */
export interface Clock {
  /** Wall clock, milliseconds since the Unix epoch. */
  now(): number
  /** Milliseconds that never go back; only differences mean something. */
  monotonic(): number
  /** Resolves after `ms`, or at once when `signal` aborts. Never rejects. */
  sleep(ms: number, signal?: Interrupt): Promise<void>
}

/** What a sleep needs of an `AbortSignal`. */
export interface Interrupt {
  readonly aborted: boolean
  addEventListener(type: 'abort', listener: () => void, options?: {once: true}): void
  removeEventListener(type: 'abort', listener: () => void): void
}

/** Cuts one sleep short, for waits that begin and end thousands of times a second: an `AbortController` costs more than its timer. */
export class Alarm implements Interrupt {
  aborted = false
  #listener: (() => void) | undefined

  ring(): void {
    this.aborted = true
    this.#listener?.()
  }

  addEventListener(_type: 'abort', listener: () => void): void {
    this.#listener = listener
  }

  removeEventListener(): void {
    this.#listener = undefined
  }
}

export const systemClock: Clock = {
  now: () => Date.now(),
  monotonic: () => performance.now(),
  // A timer of our own: the promise that node offers makes an error object for every sleep that is cut short.
  sleep: (ms, signal) =>
    new Promise((resolve) => {
      if (signal?.aborted) return resolve()
      const end = () => {
        clearTimeout(timer)
        signal?.removeEventListener('abort', end)
        resolve()
      }
      const timer = setTimeout(end, ms)
      signal?.addEventListener('abort', end, {once: true})
    }),
}
