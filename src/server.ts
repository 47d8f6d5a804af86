import {hostname} from 'node:os'
import {buildApi} from './api/app.ts'
import {isTls, listen} from './api/listen.ts'
import {isProduction, readCertificate, type TlsFiles, type Transport, transportFor, validUntil} from './api/tls.ts'
import {webhookRoutes} from './api/webhook-routes.ts'
import {type Buckets, createBuckets} from './base/buckets.ts'
import {systemClock} from './base/clock.ts'
import {type Config, parseConfig, unusedVariables} from './base/config.ts'
import {messageOf} from './base/errors.ts'
import {trustIn} from './base/forwarded.ts'
import type {Holder} from './base/holder.ts'
import {channels} from './channels/registry.ts'
import {createRouteTable} from './channels/routes.ts'
import {createPace} from './conversations/pace.ts'
import {startTurnLoop} from './conversations/turn-loop.ts'
import {startSender} from './delivery/sender.ts'
import {HOOK_DELIVER} from './hooks/due.ts'
import {startHooks} from './hooks/start-hooks.ts'
import {startAgenda} from './jobs/agenda.ts'
import {startJobLoop} from './jobs/job-loop.ts'
import {createJobWorker} from './jobs/worker.ts'
import {createLogger} from './observability/logger.ts'
import {openMetrics} from './observability/metrics.ts'
import {jobHandlers} from './operations/job-handlers.ts'
import {nextDue} from './operations/next-due.ts'
import {operations} from './operations/registry.ts'
import {startScheduler} from './operations/scheduler.ts'
import {openHub} from './realtime/hub.ts'
import {type Armed, watchArmed} from './runtime/armed.ts'
import {crashFromEnv} from './runtime/crash.ts'
import {openInstallation} from './runtime/installation.ts'
import {joinNodes} from './runtime/nodes.ts'
import {openRuntime, type Runtime} from './runtime/runtime.ts'
import {isWorkerProcess, type Ready, runAsWorker, startWorkerProcesses} from './runtime/worker-processes.ts'
import {changeMark} from './store/sqlite/change-mark.ts'
import {createTenantCache, type TenantCache} from './tenants/tenant-cache.ts'
import {createInboxWriter, type InboxOptions} from './webhooks/inbox-writer.ts'
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
  /** Reads a renewed certificate; the old one stays when it cannot be used. Only where there is one. */
  reload?: () => void
  /** Stops taking work, finishes what is on the wire, gives leases back. The runtime stays open. */
  stop(): Promise<void>
}

/** On top of what a request may take: what is on the wire to providers, and the leases. */
const STOP_MS = 30_000

/** Composes `pytake serve` from the parts that its roles need. */
export async function startServer(runtime: Runtime, options: ServerOptions): Promise<Server> {
  const has = (role: Role) => options.only.length === 0 || options.only.includes(role)
  const {clock, config, ids, stores} = runtime
  const transport = transportFor(config, options.host)
  const installation = await openInstallation(stores, {ids, now: clock.now(), starting: true})
  const armed = watchArmed(runtime, installation.disarmed)
  const tenants = createTenantCache(runtime)
  const workers = startWorkers(runtime, {tenants, armed: () => armed.reason() === undefined, has})
  const buckets = createBuckets(clock, {perSecond: config.rateLimitPerSecond, burst: config.rateLimitBurst})
  const steps = [() => workers.stop(), async () => armed.stop()]
  const stop = async () => {
    for (const step of steps.reverse()) await step()
  }
  try {
    const app = await buildApp(runtime, {options, has, inbox: workers.inbox, armed, transport, buckets})
    steps.push(() => app.close())
    const {isHttpsRequired} = transport
    const {corsOrigins: origins, trustProxy} = config
    const hub = has('api')
      ? openHub(app.server, {
          ...{runtime, buckets, origins, isHttpsRequired},
          trusts: trustIn(trustProxy),
          isProduction: isProduction(config, transport),
        })
      : undefined
    steps.push(async () => hub?.close())
    const url = await listen(app, options)
    const node = {id: ids.next(), host: hostname(), pid: process.pid, roles: [...options.only], url}
    steps.push(await joinNodes(runtime, node))
    const {tls} = transport
    return {
      url,
      disarmed: installation.disarmed,
      ...(tls ? {reload: () => renewCertificate(app.server, tls, runtime)} : {}),
      stop,
    }
  } catch (error) {
    await stop()
    throw error
  }
}

function renewCertificate(server: object, files: TlsFiles, {log}: Pick<Runtime, 'log'>): void {
  if (!isTls(server)) return
  try {
    const certificate = readCertificate(files)
    server.setSecureContext(certificate)
    log.info({valid_until: validUntil(certificate).toISOString()}, 'the certificate was read again')
  } catch (error) {
    log.error({error: messageOf(error)}, 'the certificate was not renewed; the one before stays')
  }
}

export interface ServeOptions extends Partial<ServerOptions> {
  env: Readonly<Record<string, string | undefined>>
  allowUnsafeDatabase?: boolean
  /** The folder of the flows that come with the program. */
  templates?: string
}

export interface Serving extends Ready {
  reload?: () => void
  stop(): Promise<void>
}

/**
 * What `pytake serve` runs: opens the runtime from the environment and serves until it is stopped. On PostgreSQL in as
 * many processes as were asked for, each of them a node.
 */
export async function serve(options: ServeOptions): Promise<Serving> {
  const config = parseConfig(options.env)
  // Refused before anything is opened.
  transportFor(config, options.host ?? config.host)
  if (isWorkerProcess()) return runAsWorker(() => serveHere(config, options))
  const {workers: count} = config
  if (count === 1) return serveHere(config, options)
  if (config.databaseUrl === undefined) {
    const serving = await serveHere(config, options)
    const note = `API_WORKERS is ${count}, but SQLite is served by one process. Several need DATABASE_URL.`
    return {...serving, notes: [note, ...serving.notes]}
  }
  const {reload, ...serving} = await startWorkerProcesses({
    count,
    clock: systemClock,
    log: createLogger(config.logLevel),
    stopMs: config.timeoutSeconds * 1000 + STOP_MS,
  })
  return config.tlsCertFile === undefined ? serving : {...serving, reload}
}

async function serveHere(
  config: Config,
  {env, allowUnsafeDatabase, templates, ...given}: ServeOptions,
): Promise<Serving> {
  const runtime = await openRuntime({
    config,
    allowUnsafeDatabase,
    templates,
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
      url: server.url,
      notes: notesOn(env, server),
      ...(server.reload ? {reload: server.reload} : {}),
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

const notesOn = (env: ServeOptions['env'], {disarmed}: Server): string[] => [
  ...unusedVariables.filter((name) => env[name]).map((name) => `${name} has no meaning here and is not used.`),
  ...(disarmed ? [`${disarmed} Webhooks are stored, nothing is sent. Look and go on: pytake arm`] : []),
]

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
  const worker = has('flows') || has('scheduler') ? openJobWorker(runtime, holder, toTurns) : undefined
  const jobs = worker && startJobLoop(runtime, worker)
  const hooks = startHooks(runtime, {tenants, armed, holder, touched, isHere: has('scheduler')})
  const pace = createPace(clock)
  const turns = has('flows')
    ? startTurnLoop(runtime, {channels, tenants, armed, pace, onQueued: tell(() => sender), onJobs: toJobs})
    : undefined
  const scheduler = has('scheduler') ? startScheduler(runtime, {tenants, armed, onJobs: toJobs}) : undefined
  const loops = [turns, jobs, sender, scheduler, ...hooks.loops].filter((loop) => loop !== undefined)
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
    all: [turns, jobs, sender, scheduler].every((loop) => loop !== undefined),
    wake(id) {
      touched(id)
      wake(id)
    },
  })
  return {
    inbox: {onStored: toTurns, room: pace.room},
    async stop() {
      detach()
      await agenda?.stop()
      await hooks.stop()
      await scheduler?.stop()
      await turns?.stop()
      await jobs?.stop()
      await worker?.stop()
      await sender?.stop()
    },
  }
}

const openJobWorker = (runtime: Runtime, holder: Holder, onEffects: (tenantId: string) => void) =>
  createJobWorker({...runtime, holder}, jobHandlers(runtime, channels), {onEffects, except: [HOOK_DELIVER]})

interface AppOptions {
  options: ServerOptions
  has: (role: Role) => boolean
  inbox: InboxOptions
  armed: Armed
  transport: Transport
  buckets: Buckets
}

async function buildApp(runtime: Runtime, {options, has, inbox, armed, transport, buckets}: AppOptions) {
  const {config, stores} = runtime
  const receiver = createReceiver(runtime, {
    channels,
    routes: createRouteTable(runtime),
    inbox: createInboxWriter(runtime, inbox),
    rejections: createRejections(runtime),
    sharedSecret: config.webhookSecret,
    sharedVerifyToken: config.webhookVerifyToken,
    insecure: options.insecureWebhooks,
  })
  return buildApi({
    runtime,
    transport,
    buckets,
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
          const reason = armed.reason()
          return reason === undefined
            ? Promise.resolve()
            : Promise.reject(new Error(`${reason} Nothing is sent: pytake arm`))
        },
      },
    ],
  })
}
