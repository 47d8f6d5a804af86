import {createRequire} from 'node:module'
import {Worker} from 'node:worker_threads'

/** What the thread runs. It is text, so that it needs no file of its own beside the bundle. */
const code = `
const {parentPort, workerData} = require('node:worker_threads')
const Database = require(workerData)
parentPort.on('message', ({id, path}) => {
  try {
    const database = new Database(path, {fileMustExist: true, timeout: 0})
    try {
      const [{log, checkpointed}] = database.pragma('wal_checkpoint(PASSIVE)')
      parentPort.postMessage({id, left: log - checkpointed})
    } finally {
      database.close()
    }
  } catch (error) {
    parentPort.postMessage({id, error: String(error.message)})
  }
})`

interface Answer {
  id: number
  /** Pages of the log that are not in the main file yet. */
  left?: number
  error?: string
}

interface Asked {
  resolve(left: number): void
  reject(error: Error): void
}

/** The one thread of this process, started with the first use. */
let worker: Worker | undefined
const asked = new Map<number, Asked>()
let count = 0

/**
 * Copies what SQLite's log holds into the main file and syncs both, in a thread: in a commit it would stop the event
 * loop for as long as the disk takes. Answers how many pages are left, for writers go on meanwhile. Rejects when the
 * file cannot be opened or written.
 */
export function checkpoint(path: string): Promise<number> {
  const thread = (worker ??= start())
  return new Promise((resolve, reject) => {
    const id = ++count
    asked.set(id, {resolve, reject})
    thread.ref()
    thread.postMessage({id, path})
  })
}

function start(): Worker {
  const library = createRequire(import.meta.url).resolve('better-sqlite3')
  const thread = new Worker(code, {eval: true, workerData: library})
  thread.on('message', ({id, left, error}: Answer) => {
    const one = asked.get(id)
    asked.delete(id)
    // It must not keep a process alive that is done.
    if (asked.size === 0) thread.unref()
    if (left === undefined) one?.reject(new Error(error))
    else one?.resolve(left)
  })
  thread.on('error', (error) => {
    worker = undefined
    for (const one of asked.values()) one.reject(error)
    asked.clear()
  })
  return thread
}
