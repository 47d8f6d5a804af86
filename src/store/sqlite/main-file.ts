import {closeSync, fdatasync, openSync, realpathSync} from 'node:fs'
import {promisify} from 'node:util'

const syncFile = promisify(fdatasync)

interface Opened {
  users: number
  handle?: number
}

const files = new Map<string, Opened>()

/** The main file of a database, to be synced in a thread beside SQLite. */
export interface MainFile {
  /** Resolves when what checkpoints have written is on disk. Rejects when the disk fails. */
  sync(): Promise<void>
  /** To be called when this database's connections are closed. */
  close(): void
}

/**
 * A checkpoint syncs the main file only when nothing was written meanwhile, so beside writers that sync is left for the
 * moment in which nobody may write. Synced here first, little is left for that moment.
 *
 * Closing any handle of a file drops all locks that the process has on it, SQLite's too (fcntl(2)): ours stays open for
 * as long as anything in this process has the database open.
 */
export function openMainFile(path: string): MainFile {
  const name = realpathSync(path)
  const file = files.get(name) ?? {users: 0}
  files.set(name, file)
  file.users++
  return {
    sync: () => syncFile((file.handle ??= openSync(name, 'r'))),
    close() {
      if (--file.users > 0) return
      files.delete(name)
      if (file.handle !== undefined) closeSync(file.handle)
    },
  }
}
