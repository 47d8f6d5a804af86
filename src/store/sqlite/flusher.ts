import {fdatasync, openSync, closeSync} from 'node:fs'
import {promisify} from 'node:util'

/** Makes what was committed durable, off the event loop. */
export interface Flusher {
  /** Resolves when everything committed before the call is on disk. Rejects for ever once the disk failed. */
  flush(): Promise<void>
  close(): Promise<void>
}

/**
 * SQLite's own sync would freeze the event loop for the time of a disk write with every commit. So it writes the log
 * without (`synchronous = NORMAL`), and the log is synced here, in a thread: a commit counts when that is done. While one
 * sync runs, later commits gather for the next. The log file stays the same for as long as the database is open.
 */
export function openFlusher(logPath: string): Flusher {
  const sync = promisify(fdatasync)
  let handle: number | undefined
  const flusher = createFlusher(() => sync((handle ??= openSync(logPath, 'r+'))))
  return {
    flush: () => flusher.flush(),
    async close() {
      await flusher.idle()
      if (handle !== undefined) closeSync(handle)
      handle = undefined
    },
  }
}

/** At most one `sync` at a time; each call waits for one that began after it. */
export function createFlusher(sync: () => Promise<void>): {flush(): Promise<void>; idle(): Promise<void>} {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  // After a failed sync the kernel may drop what it could not write and call the next sync a success.
  let broken: Error | undefined
  const start = async () => {
    if (broken) throw broken
    try {
      await sync()
    } catch (error) {
      broken = error instanceof Error ? error : new Error(String(error))
      throw broken
    }
  }
  const run = () => {
    running = start().finally(() => (running = undefined))
    return running
  }
  return {
    flush() {
      if (!running) return run()
      next ??= running
        .catch(() => undefined)
        .then(() => {
          next = undefined
          return run()
        })
      return next
    },
    async idle() {
      while (running) await running.catch(() => undefined)
    },
  }
}
