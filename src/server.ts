import {hostname} from 'node:os'
import type {AddressInfo} from 'node:net'
import {buildApi} from './api/app.ts'
import {webhookRoutes} from './api/webhook-routes.ts'
import {parseConfig, unusedVariables} from './base/config.ts'
import {PytakeError} from './base/errors.ts'
import {channels} from './channels/registry.ts'
import {createRouteTable} from './channels/routes.ts'
import {startTurnLoop} from './conversations/turn-loop.ts'
import {startSender} from './delivery/sender.ts'
import {startAgenda} from './jobs/agenda.ts'
import {startTenantLoop} from './jobs/tenant-loop.ts'
import {createJobWorker, type JobWorker} from './jobs/worker.ts'
import {createLogger} from './observability/logger.ts'
import {openMetrics} from './observability/metrics.ts'
import {jobHandlers} from './operations/job-handlers.ts'
import {nextDue} from './operations/next-due.ts'
import {operations} from './operations/registry.ts'
import {startScheduler} from './operations/scheduler.ts'
import {openHub} from './realtime/hub.ts'
import {crashFromEnv} from './runtime/crash.ts'
import {disarmedReason, openInstallation} from './runtime/installation.ts'
import {joinNodes} from './runtime/nodes.ts'
import {openRuntime, type Runtime} from './runtime/runtime.ts'
import {changeMark} from './store/sqlite/change-mark.ts'
import {createTenantCache, type TenantCache} from './tenants/tenant-cache.ts'
import {createInboxWriter} from './webhooks/inbox-writer.ts'
import {createReceiver} from './webhooks/receive.ts'
import {createRejections} from './webhooks/rejections.ts'

export const roles = ['webhooks', 'flows', 'api', 'sender', 'scheduler'] as const
export type Role = (typeof roles)[number]

export interface ServerOptions {
  host: string
  port: number
  /** What this process does; everything when empty. */
  only: readonly Role[]
  insecureWebhooks: boolean
}

export interface Server {
  url: string
  /** Why nothing is sent, when this database is a copy. */
  disarmed?: string
  /** Stops taking work, finishes what is on the wire, gives leases back. The runtime stays open. */
  stop(): Promise<void>
}

const ARMED_POLL_MS = 5000

/** Composes `pytake serve` from the parts that its roles need. */
export async function startServer(runtime: Runtime, options: ServerOptions): Promise<Server> {
  const has = (role: Role) => options.only.length === 0 || options.only.includes(role)
  const {clock, ids, stores} = runtime
  const installation = await openInstallation(stores, {ids, now: clock.now(), starting: true})
  const armed = watchArmed(runtime, installation.disarmed)
  const tenants = createTenantCache(runtime)
  const workers = startWorkers(runtime, {tenants, armed: armed.get, has})
  const app = await buildApp(runtime, {options, has, onStored: workers.onStored, armed: armed.reason})
  const hub = has('api') ? openHub(app.server, {runtime}) : undefined
  try {
    await app.listen({host: options.host, port: options.port})
  } catch (error) {
    await hub?.close()
    await workers.stop()
    throw listenError(error, options)
  }
  const {port} = app.server.address() as AddressInfo
  const url = `http://${options.host.includes(':') ? `[${options.host}]` : options.host}:${port}`
  const leave = await joinNodes(runtime, {
    id: ids.next(),
    host: hostname(),
    pid: process.pid,
    roles: [...options.only],
    url,
  })
  return {
    url,
    disarmed: installation.disarmed,
    async stop() {
      armed.stop()
      await leave()
      await hub?.close()
      await app.close()
      await workers.stop()
    },
  }
}

export interface ServeOptions extends Partial<ServerOptions> {
  env: Readonly<Record<string, string | undefined>>
  allowUnsafeDatabase?: boolean
}

/** What `pytake serve` runs: opens the runtime from the environment and serves until it is stopped. */
export async function serve({env, allowUnsafeDatabase, ...given}: ServeOptions): Promise<Server & {unused: string[]}> {
  const config = parseConfig(env)
  const runtime = await openRuntime({
    config,
    allowUnsafeDatabase,
    log: createLogger(config.logLevel),
    crash: crashFromEnv(env),
  })
  try {
    const server = await startServer(runtime, {
      host: given.host ?? config.host,
      port: given.port ?? config.port,
      only: given.only ?? [],
      insecureWebhooks: given.insecureWebhooks ?? false,
    })
    return {
      ...server,
      unused: unusedVariables.filter((name) => env[name]),
      async stop() {
        await server.stop()
        await runtime.close()
      },
    }
  } catch (error) {
    await runtime.close()
    throw error
  }
}

function listenError(error: unknown, {host, port}: ServerOptions): unknown {
  const code = (error as NodeJS.ErrnoException).code
  if (code === 'EADDRINUSE') {
    return new PytakeError('INTERNAL', `Port ${port} on ${host} is taken by another program.`, {
      help: 'pytake serve --port N',
    })
  }
  if (code === 'EACCES' || code === 'EADDRNOTAVAIL') {
    return new PytakeError('INTERNAL', `The server cannot listen on ${host}:${port}: ${code}.`, {
      help: 'pytake serve --host 127.0.0.1 --port 8080',
    })
  }
  return error
}

/** Another process may re-arm a copied database while this one runs. */
function watchArmed({stores, clock}: Runtime, first: string | undefined) {
  let reason = first
  const over = new AbortController()
  const look = async () => {
    while (!over.signal.aborted) {
      await clock.sleep(ARMED_POLL_MS, over.signal)
      if (over.signal.aborted) return
      reason = await disarmedReason(stores).catch(() => reason)
    }
  }
  if (first !== undefined) void look()
  return {get: () => reason === undefined, reason: () => reason, stop: () => over.abort()}
}

interface WorkerOptions {
  tenants: TenantCache
  armed: () => boolean
  has: (role: Role) => boolean
}

/**
 * The loops of this process's roles. Each wakes the next one itself; whoever is not in this process learns of work by a
 * hint, and the agenda knows what falls due later.
 */
function startWorkers(runtime: Runtime, {tenants, armed, has}: WorkerOptions) {
  const {clock, config, log, stores, hints} = runtime
  const holder = {
    host: hostname().slice(0, 20).replaceAll(':', '-'),
    pid: process.pid,
    node: runtime.ids.next().slice(-12),
  }
  const touched = (id: string) => agenda?.touched(id)
  const tell = (loop: () => {wake(tenantId: string): void} | undefined) => (id: string) => {
    touched(id)
    const one = loop()
    if (one) one.wake(id)
    else void hints.announce(id)
  }
  const toTurns = tell(() => turns)
  const toJobs = tell(() => jobs)
  const sender = has('sender') ? startSender(runtime, {channels, tenants, holder, armed, touched}) : undefined
  const worker =
    has('flows') || has('scheduler')
      ? createJobWorker({...runtime, holder}, jobHandlers(runtime, channels), toTurns)
      : undefined
  const jobs = worker && startJobLoop(runtime, worker)
  const turns = has('flows')
    ? startTurnLoop(runtime, {channels, tenants, armed, onQueued: tell(() => sender), onJobs: toJobs})
    : undefined
  const scheduler = has('scheduler') ? startScheduler(runtime, {tenants, armed, onJobs: toJobs}) : undefined
  const loops = [turns, jobs, sender, scheduler].filter((loop) => loop !== undefined)
  const wake = (id: string) => loops.forEach((loop) => loop.wake(id))
  const agenda =
    loops.length > 0
      ? startAgenda({
          control: stores.control,
          clock,
          log,
          tenants: async () => (await tenants.running()).map(({id}) => id),
          nextDue: async (id) => nextDue(runtime, await tenants.get(id)),
          mark: (id) => (stores.engine === 'sqlite' ? changeMark(config.home, id) : undefined),
          wake,
        })
      : undefined
  const detach = hints.attach({
    all: loops.length === 4,
    wake(id) {
      touched(id)
      wake(id)
    },
  })
  return {
    onStored: toTurns,
    async stop() {
      detach()
      await agenda?.stop()
      await scheduler?.stop()
      await turns?.stop()
      await jobs?.stop()
      await worker?.stop()
      await sender?.stop()
    },
  }
}

const startJobLoop = ({clock, log}: Runtime, worker: JobWorker) =>
  startTenantLoop({
    clock,
    log,
    name: 'jobs',
    async work(id) {
      await worker.look(id)
      return false
    },
  })

interface AppOptions {
  options: ServerOptions
  has: (role: Role) => boolean
  onStored: (tenantId: string) => void
  armed: () => string | undefined
}

async function buildApp(runtime: Runtime, {options, has, onStored, armed}: AppOptions) {
  const {config, stores} = runtime
  const receiver = createReceiver(runtime, {
    channels,
    routes: createRouteTable(runtime),
    inbox: createInboxWriter(runtime, onStored),
    rejections: createRejections(runtime),
    sharedSecret: config.webhookSecret,
    sharedVerifyToken: config.webhookVerifyToken,
    insecure: options.insecureWebhooks,
  })
  return buildApi({
    runtime,
    operations: has('api') ? operations : {},
    registerWebhooks: has('webhooks') ? webhookRoutes(receiver) : undefined,
    metrics: config.metricsEnabled ? await openMetrics() : undefined,
    health: [
      {
        name: 'store',
        check: async () =>
          void (await stores.control.read((q) => q.selectFrom('meta').select('key').limit(1).execute())),
      },
      {
        name: 'armed',
        check: () => {
          const reason = armed()
          return reason === undefined
            ? Promise.resolve()
            : Promise.reject(new Error(`${reason} Nothing is sent: pytake arm`))
        },
      },
    ],
  })
}
