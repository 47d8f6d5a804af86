import Module from 'node:module'
import {isAbsolute, join} from 'node:path'
import {fileURLToPath} from 'node:url'
import {setFlagsFromString} from 'node:v8'
import type {Script} from 'node:vm'
import {keptFile, loadWith, readKept, writeKept} from './kept-code.ts'

type Env = Readonly<Record<string, string | undefined>>

const {enableCompileCache} = Module as {enableCompileCache?: (folder: string) => unknown}

/**
 * Spares V8 what it did for an earlier process. To be called before anything else of `dist` is loaded; `url` is the address
 * of the file in `bin`.
 */
export function startQuickly(url: string, env: Env): void {
  if (!enableCompileCache) return startQuicklyOnNode20(fileURLToPath(new URL('../dist', url)))
  const folder = cacheFolder(env)
  if (folder && isAbsolute(folder)) enableCompileCache(join(folder, 'pytake', 'compiled'))
}

function startQuicklyOnNode20(dist: string): void {
  forShortRuns.forEach(setFlagsFromString)
  setTimeout(() => forLongRuns.forEach(setFlagsFromString), SHORT_MS).unref()
  const kept = readKept(keptFile(dist))
  if (kept) loadWith(kept, dist)
}

const SHORT_MS = 500

/**
 * Most commands are over before optimized code has paid for its making, and their young heap would be swept at every
 * doubling from half a megabyte on. Code is kept for the flags it was made under, so they are set for both.
 */
const forShortRuns = ['--interrupt-budget=500000', '--semi-space-growth-factor=4']

/** A server has to be at its full speed soon, and small: these are what V8 of every Node 20 begins with. */
const forLongRuns = ['--interrupt-budget=67584', '--semi-space-growth-factor=2']

/** For the build: keeps what V8 compiles while `run` runs commands. Node 22 and later keep code by themselves. */
export async function keepCode(dist: string, run: () => Promise<void>): Promise<void> {
  if (enableCompileCache) return
  forShortRuns.forEach(setFlagsFromString)
  // What has not run for a while is thrown away, which would be most of what a start needs.
  setFlagsFromString('--no-flush-bytecode')
  const scripts = new Map<string, Script>()
  loadWith(new Map(), dist, (key, script) => scripts.set(key, script))
  await run()
  setFlagsFromString('--flush-bytecode')
  writeKept(keptFile(dist), new Map([...scripts].map(([key, script]) => [key, script.createCachedData()])))
}

function cacheFolder({XDG_CACHE_HOME, LOCALAPPDATA, HOME}: Env): string | undefined {
  if (XDG_CACHE_HOME) return XDG_CACHE_HOME
  return process.platform === 'win32' ? LOCALAPPDATA : HOME && join(HOME, '.cache')
}
