import cluster, {type Worker} from 'node:cluster'
import {once} from 'node:events'
import type {Clock} from '../base/clock.ts'
import {type ErrorCode, messageOf, PytakeError} from '../base/errors.ts'
import type {Logger} from '../observability/logger.ts'

/** What a worker tells when it serves. */
export interface Ready {
  url: string
  /** What a person at the start should know. */
  notes: string[]
}

/** What workers tell their parent. */
type News = ({type: 'ready'} & Ready) | {type: 'failed'; code: ErrorCode; message: string; help?: string}

/** What the parent asks of them. */
type Order = 'stop' | 'reload'

export interface WorkerProcesses extends Ready {
  reload: () => void
  /** Resolves when all are gone. Who does not go in time is killed. */
  stop(): Promise<void>
}

export interface WorkerOptions {
  count: number
  clock: Clock
  log: Pick<Logger, 'warn'>
  /** What a worker may take to stop. */
  stopMs: number
}

const RESTART_MS = 500
const RESTART_MOST_MS = 30_000
/** Who lived this long was no failed start. */
const PROVEN_MS = 60_000

/** Is this process one of several that another one keeps? */
export const isWorkerProcess = (): boolean => cluster.isWorker

/**
 * Runs this very command in several processes that share its port, and starts a new one when one dies. The first starts
 * alone: what keeps it from starting is told once, and migrations are run by it.
 */
export async function startWorkerProcesses(options: WorkerOptions): Promise<WorkerProcesses> {
  const {count, clock, log, stopMs} = options
  // They take calls from the shared socket themselves: handed over by this process, one that is on its way to a worker
  // that dies would wait for ever.
  cluster.schedulingPolicy = cluster.SCHED_NONE
  const over = new AbortController()
  const living = new Set<Worker>()
  const listening = new WeakSet<Worker>()
  const fork = () => {
    const worker = cluster.fork()
    living.add(worker)
    worker.on('message', () => listening.add(worker))
    worker.on('exit', () => living.delete(worker))
    return worker
  }
  const keep = async (first: Worker) => {
    for (let worker = first, attempt = 0; ; worker = fork()) {
      const startedAt = clock.monotonic()
      const how = await goneAs(worker)
      if (over.signal.aborted) return
      attempt = clock.monotonic() - startedAt > PROVEN_MS ? 0 : attempt + 1
      const waitMs = Math.min(RESTART_MOST_MS, RESTART_MS * 2 ** attempt)
      log.warn({pid: worker.process.pid, how, again_in_ms: waitMs}, 'a worker process ended')
      await clock.sleep(waitMs, over.signal)
      if (over.signal.aborted) return
    }
  }
  const tellAll = (order: Order) => {
    for (const worker of living) if (worker.isConnected()) worker.send(order)
  }
  const stop = async () => {
    over.abort()
    tellAll('stop')
    // What is sent to a process that is not listening yet is lost.
    for (const worker of living) if (!listening.has(worker)) worker.process.kill('SIGTERM')
    const late = new AbortController()
    void clock.sleep(stopMs, late.signal).then(() => {
      if (!late.signal.aborted) for (const worker of living) worker.process.kill('SIGKILL')
    })
    await Promise.all([...living].map((worker) => once(worker, 'exit')))
    late.abort()
  }
  try {
    const first = fork()
    const ready = await started(first)
    const others = Array.from({length: count - 1}, fork)
    await Promise.all(others.map(started))
    for (const worker of [first, ...others]) void keep(worker)
    return {...ready, stop, reload: () => tellAll('reload')}
  } catch (error) {
    await stop()
    throw error
  }
}

/** The signal or code that a process ended with, also when it has ended already. */
async function goneAs(worker: Worker): Promise<string> {
  const {exitCode, signalCode} = worker.process
  if (exitCode !== null || signalCode !== null) return String(signalCode ?? exitCode)
  const [code, signal] = (await once(worker, 'exit')) as [number | null, string | null]
  return String(signal ?? code)
}

/** Resolves when a worker serves; rejects with what it said when it cannot. */
function started(worker: Worker): Promise<Ready> {
  return new Promise((resolve, reject) => {
    worker.on('message', (news: News) => {
      if (news.type === 'ready') resolve({url: news.url, notes: news.notes})
      else reject(new PytakeError(news.code, news.message, {help: news.help}))
    })
    worker.on('exit', (code: number | null, signal: string | null) =>
      reject(new PytakeError('INTERNAL', `A worker process ended before it was ready (${signal ?? code}).`)),
    )
  })
}

interface Served extends Ready {
  reload?: () => void
  stop(): Promise<void>
}

/** What a worker does: it serves, tells its parent, and ends when that one says so. */
export async function runAsWorker(start: () => Promise<Served>): Promise<never> {
  const starting = start()
  const end = async () => {
    await (await starting).stop()
    process.exit(0)
  }
  let ending: Promise<void> | undefined
  process.on('message', (order: Order) => {
    if (order === 'stop') ending ??= end()
    else void starting.then((server) => server.reload?.())
  })
  process.on('SIGTERM', () => void (ending ??= end()))
  // A terminal sends this to every process; the parent says what is to be done.
  process.on('SIGINT', () => undefined)
  try {
    const {url, notes} = await starting
    tell({type: 'ready', url, notes})
  } catch (error) {
    const {code, message, help} = error instanceof PytakeError ? error : new PytakeError('INTERNAL', messageOf(error))
    await new Promise((resolve) => tell({type: 'failed', code, message, help}, resolve))
    process.exit(1)
  }
  return new Promise(() => undefined)
}

const tell = (news: News, done: (error: unknown) => void = () => undefined): void => {
  process.send?.(news, undefined, undefined, done)
}
