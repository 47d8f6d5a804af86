import {closeSync, fdatasync, openSync} from 'node:fs'
import {promisify} from 'node:util'

/** Writes an open file's content to the disk, in a thread. */
export type Sync = (handle: number) => Promise<void>

const syncFile: Sync = promisify(fdatasync)

/** Makes what was committed durable, off the event loop. */
export interface Flusher {
  /** Resolves when everything committed before the call is on disk. Rejects while the disk fails. */
  flush(): Promise<void>
  /** Waits for what is being written, and lets go of the file. */
  close(): Promise<void>
}

/**
 * SQLite's own sync would freeze the event loop for the time of a disk write with every commit. So it writes its log
 * without (`synchronous = NORMAL`), and the log is synced here, in a thread: a commit counts when that is done. While one
 * sync runs, later commits gather for the next. The log stays the same file for as long as the database is open, and
 * SQLite holds no lock on it that closing our handle could drop. `rescue` puts the log's content into the main file.
 */
export function openFlusher(logPath: string, rescue: () => Promise<void>, sync: Sync = syncFile): Flusher {
  let handle: number | undefined
  const flusher = createFlusher(() => sync((handle ??= openSync(logPath, 'r+'))), rescue)
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
export function createFlusher(
  sync: () => Promise<void>,
  rescue: () => Promise<void>,
): {flush(): Promise<void>; idle(): Promise<void>} {
  let running: Promise<void> | undefined
  let next: Promise<void> | undefined
  let broken = false
  const start = async () => {
    try {
      if (!broken) return await sync()
    } catch {
      // The kernel may drop what it could not write and call the next sync a success: this one is not asked again.
      broken = true
    }
    await rescue()
    broken = false
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
