import type {Role} from '../../src/server.ts'
import type {Child} from './child.ts'
import {startChild} from './child.ts'
import type {LoadPlan, LoadResult} from './generator.ts'
import type {Place} from './place.ts'
import type {Traffic} from './traffic.ts'

/** What every figure works with: the bare server, the load generator, and how long to measure. */
export interface Context {
  /** Seconds of one measurement, and how many of them; the median counts. */
  seconds: number
  rounds: number
  long: boolean
  bare: Pick<Served, 'port' | 'cpu'> & {
    /** Makes the bare server give these bytes at `/bare/{name}`. */
    answer(given: {name: string; status: number; text: string}): Promise<void>
  }
  load: Load
  stop(): Promise<void>
}

export interface Load {
  /** Signs more webhooks, none of which was used before. */
  prepare(traffic: Omit<Traffic, 'from'>): Promise<void>
  /** Takes whole HTTP requests, as they are written to the socket. */
  use(texts: readonly string[]): Promise<void>
  run(plan: LoadPlan): Promise<LoadResult>
}

export async function openContext(long: boolean): Promise<Context> {
  const bare = startChild('bare')
  const generator = startChild('load')
  let from = 1
  return {
    seconds: long ? 5 : 3,
    rounds: long ? 7 : 5,
    long,
    bare: {
      port: await bare.call<number>('start'),
      cpu: () => bare.call<number>('cpu'),
      answer: (given) => bare.call('answer', given),
    },
    load: {
      async prepare(traffic) {
        await generator.call('prepare', {...traffic, from})
        from += traffic.count
      },
      use: (texts) => generator.call('use', texts),
      run: (plan) => generator.call<LoadResult>('run', plan),
    },
    async stop() {
      await bare.stop()
      await generator.stop()
    },
  }
}

export interface Served {
  port: number
  pid: number
  /** Seconds of processor time so far. */
  cpu(): Promise<number>
  stop(): Promise<void>
}

/** `pytake serve` over a place, with some of its roles. */
export async function serveOn(place: Place, only: readonly Role[]): Promise<Served> {
  const child: Child = startChild('serve', place.env)
  const port = await child.call<number>('start', {only})
  return {port, pid: child.pid, cpu: () => child.call<number>('cpu'), stop: () => child.stop()}
}

/** Says what one piece of work cost in processor time: unlike a rate, that hardly depends on who else uses the machine. */
export function tellCost(what: string, seconds: number, pieces: number): void {
  process.stderr.write(`  ${what}: ${Math.round((seconds * 1e6) / pieces)} µs of processor time each\n`)
}
