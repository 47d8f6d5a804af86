import {type ChildProcess, execFileSync, spawn} from 'node:child_process'
import {once} from 'node:events'
import {existsSync, readdirSync, statSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'

export const root = fileURLToPath(new URL('../..', import.meta.url))
export const bin = join(root, 'bin/run.js')

const newest = (folder: string): number =>
  Math.max(
    ...readdirSync(join(root, folder), {recursive: true, withFileTypes: true})
      .filter((entry) => entry.isFile())
      .map((entry) => statSync(join(entry.parentPath, entry.name)).mtimeMs),
  )

/** Builds `dist/` when it is older than what it is made from. */
export function buildProgram(): void {
  const built = join(root, 'dist/start.js')
  const sources = Math.max(newest('src'), newest('commands'), newest('scripts'))
  if (!existsSync(built) || statSync(built).mtimeMs < sources)
    execFileSync(process.execPath, [join(root, 'scripts/build.mjs')])
}

/** `pytake …` as a process of its own. */
export interface Program {
  process: ChildProcess
  stdout(): string
  stderr(): string
  /** Resolves when stderr holds it; rejects when the process ends first. */
  said(words: RegExp): Promise<RegExpExecArray>
  /** Exit code, or the signal it died of. */
  ended: Promise<number | string>
  /** Ends it for good. */
  kill(): Promise<void>
}

export function startProgram(argv: readonly string[], env: Record<string, string>): Program {
  const child = spawn(process.execPath, [bin, ...argv], {
    env: {PATH: process.env.PATH, ...env},
    cwd: env.PYTAKE_HOME,
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const text = {stdout: '', stderr: ''}
  child.stdout.on('data', (chunk: Buffer) => (text.stdout += chunk.toString()))
  child.stderr.on('data', (chunk: Buffer) => (text.stderr += chunk.toString()))
  const ended = once(child, 'close').then(([code, signal]) => (signal ?? code) as number | string)
  return {
    process: child,
    stdout: () => text.stdout,
    stderr: () => text.stderr,
    said: (words) =>
      new Promise((resolve, reject) => {
        const look = () => {
          const found = words.exec(text.stderr)
          if (found) resolve(found)
        }
        child.stderr.on('data', look)
        look()
        void ended.then((how) => reject(new Error(`It ended with ${how}: ${text.stderr}`)))
      }),
    ended,
    async kill() {
      child.kill('SIGKILL')
      await ended
    },
  }
}
