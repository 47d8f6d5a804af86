import {type IncomingMessage, type Server as HttpServer, STATUS_CODES} from 'node:http'
import type {Duplex} from 'node:stream'
import {WebSocketServer} from 'ws'
import type {Buckets} from '../base/buckets.ts'
import {errorBody, messageOf, PytakeError} from '../base/errors.ts'
import {originOf, type Trusts} from '../base/forwarded.ts'
import {type Authenticate, createAuthenticate} from '../operations/authenticate.ts'
import type {Runtime} from '../runtime/runtime.ts'
import {type Connection, type FollowedTenant, openConnection} from './connection.ts'
import {type Feed, openFeed} from './feed.ts'
import {MOST_MESSAGE_BYTES} from './protocol.ts'

export interface HubOptions {
  runtime: Pick<Runtime, 'stores' | 'clock' | 'ids' | 'log'>
  authenticate?: Authenticate
  /** The callers' allowances over HTTP; guesses at tokens here count there, and the other way round. */
  buckets?: Buckets
  /** Which proxies stand between. Nobody when left out. */
  trusts?: Trusts
  /** Origins of web pages that may connect from a browser. None when left out; programs have no origin. */
  origins?: readonly string[]
  /** What came to the proxy in clear is refused. */
  isHttpsRequired?: boolean
  /** A dead peer is dropped after two of these. */
  heartbeatMs?: number
  authTimeoutMs?: number
}

export interface Hub {
  /** Tells every client that this server goes away, and lets go of those who do not leave. */
  close(): Promise<void>
}

const PATH = '/ws'
const TENANT_HEADER = 'x-pytake-tenant'
const HEARTBEAT_MS = 30_000
const AUTH_TIMEOUT_MS = 5000
const GOODBYE_MS = 500

/** Serves `/ws` on an HTTP server: the event log, pushed to whoever may follow it. */
export function openHub(server: HttpServer, options: HubOptions): Hub {
  const {runtime} = options
  const {stores, clock, log} = runtime
  const authenticate = options.authenticate ?? createAuthenticate(runtime)
  const feeds = openFeeds(runtime)
  const connections = new Set<Connection>()
  const sockets = new WebSocketServer({noServer: true, maxPayload: MOST_MESSAGE_BYTES, perMessageDeflate: false})
  const over = new AbortController()
  const {buckets, trusts = () => false} = options

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', () => socket.destroy())
    const origin = originOf(request, trusts)
    const error = over.signal.aborted ? nothingHere() : refusalOf(request, {isHttps: origin.isHttps, ...options})
    if (error) return refuse(socket, error, `req_${runtime.ids.next()}`)
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      const connection = openConnection(accepted, {
        runtime,
        authenticate,
        token: bearer(request),
        tenant: tenantOf(request),
        address: origin.address,
        buckets,
        feedOf: (tenant) => feeds.of(tenant),
        authTimeoutMs: options.authTimeoutMs ?? AUTH_TIMEOUT_MS,
      })
      connections.add(connection)
      accepted.on('close', () => connections.delete(connection))
    })
  }
  const beat = async () => {
    for (;;) {
      await clock.sleep(options.heartbeatMs ?? HEARTBEAT_MS, over.signal)
      if (over.signal.aborted) return
      for (const connection of connections) {
        connection.beat().catch((error: unknown) => log.warn({error: messageOf(error)}, 'a heartbeat failed'))
      }
    }
  }
  const stopListening = stores.onEvents((database) =>
    // What the platform tells of itself goes to the followers of every tenant.
    database === stores.control.name ? feeds.wakeAll() : feeds.wake(database),
  )
  server.on('upgrade', onUpgrade)
  void beat()

  return {
    async close() {
      over.abort()
      stopListening()
      for (const connection of connections) connection.close('restarting', 'The server stops; connect again.')
      feeds.stop()
      const end = clock.monotonic() + GOODBYE_MS
      while (sockets.clients.size > 0 && clock.monotonic() < end) await clock.sleep(10)
      for (const socket of sockets.clients) socket.terminate()
      server.off('upgrade', onUpgrade)
    },
  }
}

/** One feed per tenant that anybody follows. */
function openFeeds(runtime: HubOptions['runtime']) {
  const feeds = new Map<string, Promise<Feed>>()
  return {
    of({id, settings}: FollowedTenant): Promise<Feed> {
      const known = feeds.get(id)
      if (known) return known
      const feed = openFeed(runtime, {
        tenantId: id,
        timeZone: settings.timezone,
        onEmpty: () => feeds.get(id) === feed && feeds.delete(id),
      })
      feeds.set(id, feed)
      feed.catch(() => feeds.delete(id))
      return feed
    },
    wake: (database: string) => void feeds.get(database)?.then((feed) => feed.wake(), ignore),
    wakeAll: () => feeds.forEach((feed) => void feed.then((one) => one.wake(), ignore)),
    stop: () => feeds.forEach((feed) => void feed.then((one) => one.stop(), ignore)),
  }
}

/** Whoever asked for the feed was told. */
const ignore = () => undefined

const pathOf = (request: IncomingMessage): string => (request.url ?? '').split('?')[0] ?? ''

function bearer({headers}: IncomingMessage): string | undefined {
  const [scheme, token] = (headers.authorization ?? '').split(' ')
  return scheme?.toLowerCase() === 'bearer' && token ? token : undefined
}

function tenantOf({headers}: IncomingMessage): string | undefined {
  const value = headers[TENANT_HEADER]
  try {
    return typeof value === 'string' ? decodeURIComponent(value) : undefined
  } catch {
    return undefined
  }
}

type Door = Pick<HubOptions, 'origins' | 'isHttpsRequired'> & {isHttps: boolean}

/** Why a client is not let in at all, whoever it is. */
function refusalOf(request: IncomingMessage, {origins = [], isHttpsRequired, isHttps}: Door): PytakeError | undefined {
  if (pathOf(request) !== PATH) return nothingHere()
  if (isHttpsRequired && !isHttps) return inClear()
  const page = request.headers.origin
  return page === undefined || origins.includes(page) ? undefined : foreignPage()
}

const nothingHere = () => new PytakeError('NOT_FOUND', 'There is no WebSocket at this address.')
const inClear = () => new PytakeError('FORBIDDEN', 'This server takes wss only, and this request came in clear.')
const foreignPage = () =>
  new PytakeError('FORBIDDEN', 'Pages of this origin may not connect here.', {
    help: 'On the server, name the origin in API_CORS_ORIGINS.',
  })

function refuse(socket: Duplex, error: PytakeError, requestId: string): void {
  const body = JSON.stringify(errorBody(error, requestId))
  const head = [
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}`,
    'content-type: application/json',
    `content-length: ${Buffer.byteLength(body)}`,
    'connection: close',
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
