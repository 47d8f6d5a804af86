import {type IncomingMessage, type Server as HttpServer, STATUS_CODES} from 'node:http'
import type {Duplex} from 'node:stream'
import {type WebSocket, WebSocketServer} from 'ws'
import {type Buckets, createBuckets} from '../base/buckets.ts'
import {createDeadlines} from '../base/deadlines.ts'
import {errorBody, messageOf, PytakeError} from '../base/errors.ts'
import {originOf, type Trusts} from '../base/forwarded.ts'
import {type Authenticate, createAuthenticate} from '../operations/authenticate.ts'
import type {Runtime} from '../runtime/runtime.ts'
import {openConnection} from './connection.ts'
import {type Feed, openFeed} from './feed.ts'
import type {OpenGraphql} from './graphql-connection.ts'
import {MOST_MESSAGE_BYTES} from './protocol.ts'
import type {Connection, ConnectionOptions, Door, FollowedTenant} from './session.ts'

export interface HubOptions {
  runtime: Runtime
  authenticate?: Authenticate
  /** The callers' allowances over HTTP; guesses at tokens here count there, and the other way round. */
  buckets?: Buckets
  /** Which proxies stand between. Nobody when left out. */
  trusts?: Trusts
  /** Origins of web pages that may connect from a browser. None when left out; programs have no origin. */
  origins?: readonly string[]
  /** What came to the proxy in clear is refused. */
  isHttpsRequired?: boolean
  /** What the schema of GraphQL holds is not told. */
  isProduction?: boolean
  /** A dead peer is dropped after two of these. */
  heartbeatMs?: number
  authTimeoutMs?: number
}

export interface Hub {
  /** Tells every client that this server goes away, and lets go of those who do not leave. */
  close(): Promise<void>
}

type Path = '/ws' | '/graphql'
const GRAPHQL_PROTOCOL = 'graphql-transport-ws'
/** Messages a connection may send: at once, and a second. */
const MESSAGES = {burst: 100, perSecond: 20}
const TENANT_HEADER = 'x-pytake-tenant'
const HEARTBEAT_MS = 30_000
/** Parts of a heartbeat; each connection is asked in one of them. */
const BEATS = 100
const AUTH_TIMEOUT_MS = 5000
const GOODBYE_MS = 500

/** Serves `/ws` and the subscriptions of `/graphql` on an HTTP server: the event log, pushed to whoever may follow it. */
export function openHub(server: HttpServer, options: HubOptions): Hub {
  const {runtime} = options
  const {stores, clock, log} = runtime
  const feeds = openFeeds(runtime)
  const connections = connectionsByBeat()
  const sockets = new WebSocketServer({
    noServer: true,
    maxPayload: MOST_MESSAGE_BYTES,
    perMessageDeflate: false,
    handleProtocols: (offered, request) => protocolOf(offered, pathOf(request)),
  })
  const over = new AbortController()
  const {trusts = () => false} = options
  const shared = sharedOf(options, feeds)
  const openers = openersOf(options)

  const onUpgrade = (request: IncomingMessage, socket: Duplex, head: Buffer) => {
    socket.on('error', destroy)
    const origin = originOf(request, trusts)
    const open = over.signal.aborted ? undefined : openers[pathOf(request) as Path]
    const error = open ? refusalOf(request, {isHttps: origin.isHttps, ...options}) : nothingHere()
    if (!open || error) return refuse(socket, error ?? nothingHere(), `req_${runtime.ids.next()}`)
    sockets.handleUpgrade(request, socket, head, (accepted) => {
      const given = {...shared, token: bearer(request), tenant: tenantOf(request), address: origin.address}
      open(accepted, given).then(
        (connection) => connections.keep(accepted, connection),
        (cause: unknown) => {
          log.error({err: cause}, 'a WebSocket could not be served')
          accepted.terminate()
        },
      )
    })
  }
  const beat = async () => {
    for (let n = 0; ; n++) {
      await clock.sleep((options.heartbeatMs ?? HEARTBEAT_MS) / BEATS, over.signal)
      if (over.signal.aborted) return
      for (const connection of connections.ofBeat(n)) {
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
      for (const connection of connections.all()) connection.close('restarting', 'The server stops; connect again.')
      feeds.stop()
      const end = clock.monotonic() + GOODBYE_MS
      while (sockets.clients.size > 0 && clock.monotonic() < end) await clock.sleep(10)
      for (const socket of sockets.clients) socket.terminate()
      server.off('upgrade', onUpgrade)
    },
  }
}

/** Of nobody's scope: a listener lives as long as the connection, and the request with its headers need not. */
function destroy(this: Duplex): void {
  this.destroy()
}

/** The open connections in as many groups as there are beats, so that thousands are not asked in one moment. */
function connectionsByBeat() {
  const groups = Array.from({length: BEATS}, () => new Set<Connection>())
  const groupOf = (n: number) => groups[n % BEATS] as Set<Connection>
  let kept = 0
  return {
    keep(socket: WebSocket, connection: Connection) {
      if (socket.readyState !== socket.OPEN) return
      const group = groupOf(kept++).add(connection)
      socket.on('close', () => group.delete(connection))
    },
    ofBeat: groupOf,
    all: () => groups.flatMap((group) => [...group]),
  }
}

/** What every connection gets. */
function sharedOf(options: HubOptions, feeds: Feeds): Omit<ConnectionOptions, 'token' | 'tenant' | 'address'> {
  const {runtime, buckets} = options
  const door: Door = {
    deadline: createDeadlines(runtime.clock),
    messages: createBuckets(runtime.clock, MESSAGES),
    held: new Map(),
    mostPerCaller: runtime.config.socketsPerCaller,
  }
  return {
    runtime,
    buckets,
    authenticate: options.authenticate ?? createAuthenticate(runtime),
    feedOf: (tenant) => feeds.of(tenant),
    authTimeoutMs: options.authTimeoutMs ?? AUTH_TIMEOUT_MS,
    door,
  }
}

type Open = (socket: WebSocket, options: ConnectionOptions) => Promise<Connection>

/** GraphQL is loaded when the first client of it comes. */
function openersOf({runtime, isProduction = false}: HubOptions): Readonly<Record<Path, Open>> {
  let loading: Promise<OpenGraphql> | undefined
  const graphql = () =>
    (loading ??= import('./graphql-connection.ts').then(({graphqlConnections}) =>
      graphqlConnections(runtime, {isProduction}),
    ))
  return {
    '/ws': (socket, options) => Promise.resolve(openConnection(socket, options)),
    async '/graphql'(socket, options) {
      // Nothing is read from the wire before somebody listens.
      socket.pause()
      const open = await graphql()
      const connection = open(socket, options)
      socket.resume()
      return connection
    },
  }
}

function protocolOf(offered: ReadonlySet<string>, path: string): string | false {
  if (path !== '/graphql') return offered.values().next().value ?? false
  return offered.has(GRAPHQL_PROTOCOL) && GRAPHQL_PROTOCOL
}

type Feeds = ReturnType<typeof openFeeds>

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

type Gate = Pick<HubOptions, 'origins' | 'isHttpsRequired'> & {isHttps: boolean}

/** Why a client is not let in at all, whoever it is. */
function refusalOf(request: IncomingMessage, {origins = [], isHttpsRequired, isHttps}: Gate): PytakeError | undefined {
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
