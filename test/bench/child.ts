import {type ChildProcess, fork} from 'node:child_process'
import {join} from 'node:path'

/** A process of its own, so that what is measured and what measures it do not share an event loop. */
export interface Child {
  readonly pid: number
  call<T>(task: string, input?: unknown): Promise<T>
  stop(): Promise<void>
}

interface Answer {
  id: number
  result?: unknown
  error?: string
}

const PROFILES = process.env.BENCH_PROFILES

/** Starts one of the bundled programs beside this one. */
export function startChild(program: string, env: NodeJS.ProcessEnv = {}): Child {
  const child = fork(join(import.meta.dirname, `${program}.js`), [], {
    env: {...process.env, ...env},
    execArgv: PROFILES && program === 'serve' ? ['--cpu-prof', `--cpu-prof-dir=${PROFILES}`] : [],
    serialization: 'advanced',
  })
  const waiting = new Map<number, {resolve: (value: unknown) => void; reject: (error: Error) => void}>()
  let last = 0
  child.on('message', ({id, result, error}: Answer) => {
    const one = waiting.get(id)
    waiting.delete(id)
    if (error === undefined) one?.resolve(result)
    else one?.reject(new Error(`${program}: ${error}`))
  })
  child.on('exit', (code) => {
    for (const one of waiting.values()) one.reject(new Error(`${program} ended with ${code}.`))
  })
  return {
    pid: child.pid ?? 0,
    call: <T>(task: string, input?: unknown) =>
      new Promise<T>((resolve, reject) => {
        const id = ++last
        waiting.set(id, {resolve: resolve as (value: unknown) => void, reject})
        child.send({id, task, input})
      }),
    stop: () => ended(child),
  }
}

function ended(child: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (child.exitCode !== null) return resolve()
    child.once('exit', () => resolve())
    child.disconnect()
  })
}

/** What this process has used of the processors so far. */
function cpuSeconds(): number {
  const {user, system} = process.cpuUsage()
  return (user + system) / 1e6
}

type Tasks = Record<string, (input: never) => unknown>

/** The other side: answers the parent's calls, one function per task, and ends when the parent lets go. */
export function answerTasks(tasks: Tasks, close: () => Promise<void> = async () => {}): void {
  const all: Tasks = {...tasks, cpu: cpuSeconds}
  process.on('message', ({id, task, input}: {id: number; task: string; input: never}) => {
    void (async () => {
      try {
        process.send?.({id, result: await all[task]?.(input)} satisfies Answer)
      } catch (error) {
        process.send?.({id, error: error instanceof Error ? (error.stack ?? error.message) : String(error)})
      }
    })()
  })
  process.on('disconnect', () => void close().finally(() => process.exit(0)))
}
