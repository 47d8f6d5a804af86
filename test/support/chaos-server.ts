import {type ChildProcess, fork} from 'node:child_process'
import {once} from 'node:events'
import {mkdirSync, rmSync} from 'node:fs'
import {join} from 'node:path'
import {build} from 'esbuild'

const root = join(import.meta.dirname, '../..')

export interface Bundle {
  path: string
  remove(): void
}

/** A process of ours as one file that node can run, beside the modules it needs. Made once for each test file. */
export async function bundleChild(entry: string): Promise<Bundle> {
  const folder = join(root, 'node_modules/.cache/pytake-chaos', String(process.pid))
  mkdirSync(folder, {recursive: true})
  const path = join(folder, 'child.mjs')
  await build({
    entryPoints: [join(root, 'test/support', entry)],
    outfile: path,
    bundle: true,
    format: 'esm',
    platform: 'node',
    target: 'node20',
    external: ['better-sqlite3', '@node-rs/argon2', 'nodemailer', 'pg-native', 'bufferutil', 'utf-8-validate'],
    banner: {
      js: [
        "import {createRequire as __createRequire} from 'node:module'",
        "import {dirname as __folderOf} from 'node:path'",
        "import {fileURLToPath as __pathOf} from 'node:url'",
        'const require = __createRequire(import.meta.url)',
        'const __filename = __pathOf(import.meta.url)',
        'const __dirname = __folderOf(__filename)',
      ].join('\n'),
    },
    logLevel: 'error',
  })
  return {path, remove: () => rmSync(folder, {recursive: true, force: true})}
}

export const bundleServer = (): Promise<Bundle> => bundleChild('chaos-child.ts')

export interface ChildServer {
  process: ChildProcess
  /** Resolves with the signal or code when it is gone. */
  gone: Promise<string>
  /** SIGKILL: nothing is flushed or closed. */
  kill(): Promise<void>
  /** From here on the delay of its event loop is measured. */
  watchDelay(): void
  /** What 99 of 100 turns of its loop stayed under since then, ms. */
  delay(): Promise<number>
}

export interface StartOptions {
  bundle: Bundle
  env: Record<string, string>
  port: number
  /** Its output goes to the test's, for looking at a failure. */
  loud?: boolean
}

/** Runs the program for one task, to its end or to the place where it is killed; the signal or code it ended with. */
export async function runChild({path}: Bundle, env: Record<string, string>): Promise<string> {
  const child = fork(path, {
    env: {PATH: process.env.PATH, NODE_ENV: 'production', PYTAKE_ENV: 'test', ...env},
    execArgv: [],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
  })
  const [code, signal] = (await once(child, 'exit')) as [number | null, string | null]
  return String(signal ?? code)
}

/** Starts a server and waits until it listens. Rejects with what it wrote when it ends before that. */
export async function startChild({bundle, env, port, loud = false}: StartOptions): Promise<ChildServer> {
  const child = fork(bundle.path, {
    env: {PATH: process.env.PATH, NODE_ENV: 'production', PYTAKE_ENV: 'test', ...env, CHAOS_PORT: String(port)},
    execArgv: [],
    stdio: ['ignore', 'inherit', loud ? 'inherit' : 'pipe', 'ipc'],
  })
  let stderr = ''
  child.stderr?.setEncoding('utf8').on('data', (text: string) => (stderr = (stderr + text).slice(-4000)))
  const gone = once(child, 'exit').then(([code, signal]) => String(signal ?? code))
  const ready = once(child, 'message').then(() => 'ready')
  const first = await Promise.race([ready, gone])
  if (first !== 'ready') throw new Error(`The server ended before it was ready (${first}): ${stderr}`)
  return {
    process: child,
    gone,
    async kill() {
      child.kill('SIGKILL')
      await gone
    },
    watchDelay: () => void child.send('watch'),
    async delay() {
      const answer = once(child, 'message')
      child.send('read')
      const [{delayMs}] = (await answer) as [{delayMs: number}]
      return delayMs
    },
  }
}
