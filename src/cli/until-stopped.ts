const INTERRUPTED = 130

/**
 * Waits for Ctrl-C or a stop from outside, then runs `stop` once. A second signal ends the process at once. Resolves with
 * the exit code: 0 for SIGTERM, 130 for Ctrl-C. Ends too when `also` does; rejects with it, unless a stop came first.
 */
export function untilStopped(stop: () => Promise<void>, also?: Promise<void>): Promise<number> {
  return new Promise((resolve, reject) => {
    let code: number | undefined
    const end = (next: number) => {
      if (code !== undefined) process.exit(next)
      code = next
      stop().then(() => resolve(next), reject)
    }
    process.on('SIGINT', () => end(INTERRUPTED))
    process.on('SIGTERM', () => end(0))
    also?.then(
      () => code === undefined && end(0),
      (error: Error) => code === undefined && reject(error),
    )
  })
}
