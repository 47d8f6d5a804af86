import {watch} from 'node:fs'
import type {Clock} from '../base/clock.ts'

/** An editor writes a file in several goes: what follows within this time is the same change. */
const SETTLE_MS = 100

/** Resolves a moment after something in one of the folders changed, or when `signal` aborts: then false. */
export async function changeIn(folders: readonly string[], clock: Clock, signal: AbortSignal): Promise<boolean> {
  if (signal.aborted) return false
  const watchers: {close(): void}[] = []
  try {
    const changed = await new Promise<boolean>((resolve) => {
      signal.addEventListener('abort', () => resolve(false), {once: true})
      for (const folder of folders) {
        const watcher = watch(folder, () => resolve(true))
        watcher.on('error', () => resolve(true))
        watchers.push(watcher)
      }
    })
    if (changed) await clock.sleep(SETTLE_MS, signal)
    return changed && !signal.aborted
  } finally {
    for (const watcher of watchers) watcher.close()
  }
}
