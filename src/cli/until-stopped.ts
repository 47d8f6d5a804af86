import {type Clock, systemClock} from '../base/clock.ts'

const INTERRUPTED = 130

/**
 * One Ctrl-C can arrive twice: npm passes on what the terminal has told everybody already, and libraries that tidy up
 * when a signal comes send it to the process again. Nobody presses it twice this quickly and means it.
 */
const ECHO_MS = 1000

/** This process, for tests another one. */
export interface Outside {
  on(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown
  off(signal: 'SIGINT' | 'SIGTERM', listener: () => void): unknown
  exit(code: number): unknown
  clock: Pick<Clock, 'monotonic'>
}

const thisProcess: Outside = {
  on: (signal, listener) => process.on(signal, listener),
  off: (signal, listener) => process.off(signal, listener),
  exit: (code) => process.exit(code),
  clock: systemClock,
}

/**
 * Waits for Ctrl-C or a stop from outside, then runs `stop` once. A second signal, later than an echo of the first, ends
 * the process at once. Resolves with the exit code: 0 for SIGTERM, 130 for Ctrl-C. Ends too when `also` does; rejects with
 * it, unless a stop came first.
 */
export function untilStopped(
  stop: () => Promise<void>,
  also?: Promise<void>,
  outside: Outside = thisProcess,
): Promise<number> {
  return new Promise((resolve, reject) => {
    let stopping: {since: number} | undefined
    const end = (code: number, last = stop) => {
      if (stopping) return
      stopping = {since: outside.clock.monotonic()}
      last().then(() => resolve(code), reject)
    }
    const onSignal = (code: number) => () => {
      if (stopping && outside.clock.monotonic() - stopping.since > ECHO_MS) outside.exit(code)
      else end(code)
    }
    const [interrupt, terminate] = [onSignal(INTERRUPTED), onSignal(0)]
    outside.on('SIGINT', interrupt)
    outside.on('SIGTERM', terminate)
    // After a signal they stay until the process is gone: its echo must not end it with another code.
    const forget = () => {
      outside.off('SIGINT', interrupt)
      outside.off('SIGTERM', terminate)
    }
    also?.then(
      () => end(0, () => stop().finally(forget)),
      (error: Error) => {
        if (stopping) return
        forget()
        reject(error)
      },
    )
  })
}
