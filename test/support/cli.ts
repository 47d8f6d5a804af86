import {existsSync} from 'node:fs'
import {join} from 'node:path'
import {fileURLToPath} from 'node:url'
import type {Command} from '@oclif/core/command'
import {Config} from '@oclif/core/config'
import {type Io, type Sink, useIo} from '../../src/cli/io.ts'

export interface Ran {
  stdout: string
  stderr: string
  exitCode: number
  /** stdout as JSON. */
  json: () => ReturnType<JSON['parse']>
  /** The error envelope that --json puts on stderr. */
  error: () => {code: string; message: string; details: {field?: string; message: string}[]; request_id: string}
}

export interface RunOptions {
  env?: Record<string, string | undefined>
  stdin?: string
  cwd?: string
  /** Pretend that stdout and stderr are a terminal this wide. */
  terminal?: number
}

const root = fileURLToPath(new URL('../..', import.meta.url))

let loaded: Promise<Config> | undefined

/** Runs a command in this process, as `pytake <argv>` would: its class is found by its file. */
export async function run(argv: readonly string[], options: RunOptions = {}): Promise<Ran> {
  const {Class, id, rest} = await find(argv)
  const out = capture(options.terminal)
  const err = capture(options.terminal)
  loaded ??= Config.load({root})
  // A config of its own, which the run's world hangs on.
  const config = Object.create(await loaded) as Config
  const io: Io = {
    env: options.env ?? {},
    cwd: options.cwd ?? '/',
    osUser: 'tester',
    stdin: {isTTY: false, read: () => Promise.resolve(options.stdin ?? '')},
    stdout: out.sink,
    stderr: err.sink,
  }
  useIo(config, io)
  Class.id = id
  let exitCode = 0
  try {
    await new Class(rest, config)._run()
  } catch (error) {
    const {oclif} = error as {oclif?: {exit?: number}}
    if (oclif?.exit === undefined) throw error
    exitCode = oclif.exit
  }
  return {
    stdout: out.text(),
    stderr: err.text(),
    exitCode,
    json: () => JSON.parse(out.text()),
    error: () => JSON.parse(err.text().trim().split('\n').at(-1) ?? '').error,
  }
}

type Runnable = (new (argv: string[], config: Config) => Command & {_run(): Promise<unknown>}) & {id: string}

async function find(argv: readonly string[]): Promise<{Class: Runnable; id: string; rest: string[]}> {
  for (let words = Math.min(3, argv.length); words > 0; words--) {
    const file = join(root, 'commands', ...argv.slice(0, words)) + '.ts'
    if (!existsSync(file)) continue
    const {default: Class} = (await import(file)) as {default: Runnable}
    return {Class, id: argv.slice(0, words).join(':'), rest: argv.slice(words)}
  }
  throw new Error(`No command: ${argv.join(' ')}`)
}

function capture(columns?: number): {sink: Sink; text: () => string} {
  let text = ''
  return {
    sink: {write: (more) => void (text += more), isTTY: columns !== undefined, columns: columns ?? 80},
    text: () => text,
  }
}
