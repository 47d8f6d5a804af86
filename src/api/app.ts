import {isUtf8} from 'node:buffer'
import fastify, {type FastifyInstance} from 'fastify'
import {type Buckets, createBuckets} from '../base/buckets.ts'
import {PytakeError} from '../base/errors.ts'
import {trustIn} from '../base/forwarded.ts'
import type {Metrics} from '../observability/metrics.ts'
import {type Authenticate, createAuthenticate} from '../operations/authenticate.ts'
import type {ServedOperation} from '../operations/operation.ts'
import type {Runtime} from '../runtime/runtime.ts'
import {signingKeys} from '../users/signing-keys.ts'
import {parseBody} from '../webhooks/json-body.ts'
import {callerHook, type CallerOptions} from './caller.ts'
import {useCompression} from './compress.ts'
import {useCors} from './cors.ts'
import {addDocs} from './docs.ts'
import {sendError, toPytakeError, useEnvelope} from './envelope.ts'
import {addGraphql} from './graphql.ts'
import {addHealth, type HealthCheck} from './health.ts'
import {addSingleSignOn} from './oidc-routes.ts'
import {webhookPaths} from './openapi-webhooks.ts'
import {mount} from './routes.ts'
import {limitTime} from './time-limit.ts'
import {isProduction, readCertificate, type Transport} from './tls.ts'
import {answerUnreadable} from './unreadable.ts'
import {PATH as WEBHOOKS} from './webhook-routes.ts'

const BODY_LIMIT = 4 * 1024 * 1024
const MOST_PARAM_LENGTH = 500

export interface ApiOptions {
  runtime: Runtime
  operations: Readonly<Record<string, ServedOperation>>
  /** Gets a scope without rate limit and without tokens, where JSON bodies are the raw bytes as they came. */
  registerWebhooks?: (scope: FastifyInstance) => void | Promise<void>
  health?: readonly HealthCheck[]
  metrics?: Metrics
  authenticate?: Authenticate
  /** Plain HTTP from anybody when left out. */
  transport?: Transport
  /** How much each caller may do; shared with whatever else they may call. */
  buckets?: Buckets
}

/** The HTTP surface: operations under `/api/v1`, webhooks, health, metrics. Not listening yet. */
export async function buildApi(options: ApiOptions): Promise<FastifyInstance> {
  const {runtime, metrics} = options
  const app = createApp(runtime, options.transport)
  useEnvelope(app, runtime.log)
  answerHeaders(app)
  refuseNameless(app)
  useCompression(app)
  if (options.transport?.isHttpsRequired) refusePlain(app)
  if (metrics) measure(app, metrics)
  logAnswers(app, runtime)
  closeBehindLastAnswers(app)
  addHealth(app, options.health ?? [])
  if (metrics) addMetrics(app, metrics)
  addKeys(app, runtime)
  const all = Object.values(options.operations)
  const {registerWebhooks} = options
  if (all.length > 0) addDocs(app, all, registerWebhooks ? webhookPaths : {})
  if (registerWebhooks) {
    await app.register(async (scope) => {
      useRawJson(scope)
      await registerWebhooks(scope)
    })
  }
  const callers = callersOf(options)
  await app.register(
    async (scope) => {
      await useCors(scope, runtime.config.corsOrigins)
      knowCallers(scope, runtime, callers)
      addOperations(scope, options)
    },
    {prefix: '/api/v1'},
  )
  if (all.length > 0) {
    await app.register(async (scope) => {
      await useCors(scope, runtime.config.corsOrigins)
      knowCallers(scope, runtime, callers)
      addGraphql(scope, {runtime, ...callers, isProduction: isProduction(runtime.config, options.transport)})
    })
  }
  return app
}

function createApp({config, ids}: Runtime, transport: Transport | undefined): FastifyInstance {
  const trusts = trustIn(config.trustProxy)
  // Node refuses what names no host past every hook, hence not in the envelope: `refuseNameless` does.
  const server = {requireHostHeader: false}
  const app = fastify({
    ...(transport?.tls ? {https: {...readCertificate(transport.tls), ...server}} : {http: server}),
    bodyLimit: BODY_LIMIT,
    requestTimeout: config.timeoutSeconds * 1000,
    routerOptions: {maxParamLength: MOST_PARAM_LENGTH},
    trustProxy: config.trustProxy.length > 0 && ((address) => trusts(address)),
    genReqId: () => `req_${ids.next()}`,
    frameworkErrors: (error, request, reply) => void sendError(reply, request, toPytakeError(error)),
    clientErrorHandler: (error, socket) => answerUnreadable(error, socket, `req_${ids.next()}`),
  })
  app.server.maxConnections = config.maxConnections
  // RFC 9110, 10.1.1: what is expected and not known may be passed over.
  app.server.on('checkExpectation', (request, response) => app.server.emit('request', request, response))
  return app
}

/** What a machine of the same network asks without a token. */
const plainToo = new Set(['/health/live', '/health/ready', '/metrics'])

/** Behind a proxy that speaks https: what came to it, or past it, in clear goes no further. */
function refusePlain(app: FastifyInstance): void {
  app.addHook('onRequest', async (request) => {
    const route = routeOf(request)
    if (request.protocol === 'https' || plainToo.has(route)) return
    // To a provider it is our own trouble: it tries again.
    throw new PytakeError(
      route.startsWith(WEBHOOKS) ? 'UNAVAILABLE' : 'FORBIDDEN',
      'This server takes https only, and this request came in clear.',
      {help: 'Call the https address. If you did: the proxy must send X-Forwarded-Proto, and API_TRUST_PROXY name it.'},
    )
  })
}

function callersOf({runtime, authenticate, buckets}: ApiOptions): CallerOptions {
  const {rateLimitPerSecond: perSecond, rateLimitBurst: burst} = runtime.config
  return {
    authenticate: authenticate ?? createAuthenticate(runtime),
    buckets: buckets ?? createBuckets(runtime.clock, {perSecond, burst}),
    burst,
  }
}

/** A scope whose callers say who they are, keep to their rate and speak JSON. */
function knowCallers(scope: FastifyInstance, {config}: Runtime, callers: CallerOptions): void {
  // Not for webhooks: every wait on their way is bounded already.
  limitTime(scope, config.timeoutSeconds * 1000)
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('application/json', {parseAs: 'buffer'}, (_request, body, done) => {
    try {
      done(null, body.length === 0 ? {} : parseBody(utf8(body as Buffer)))
    } catch (error) {
      done(error as Error, undefined)
    }
  })
  scope.decorateRequest('principal', null)
  scope.addHook('onRequest', callerHook(callers))
}

/** Bytes of another encoding would be kept as question marks, and nobody would know. */
function utf8(body: Buffer): Buffer {
  if (isUtf8(body)) return body
  throw new PytakeError('BAD_REQUEST', 'The body is not UTF-8.')
}

function addOperations(scope: FastifyInstance, {runtime, operations}: ApiOptions): void {
  addSingleSignOn(scope, runtime)
  const all = Object.values(operations)
  const reads = new Map(all.filter(({method}) => method === 'GET').map((one) => [one.path, one]))
  for (const operation of all) {
    const {path} = operation
    mount(scope, runtime, {operation, shown: reads.get(path), isShownById: reads.has(`${path}/{id}`)})
  }
}

/** Connections that are idle go when the server closes. One that was being answered then would keep it open for as long as its client likes. */
function closeBehindLastAnswers(app: FastifyInstance): void {
  let isClosing = false
  app.addHook('preClose', async () => {
    isClosing = true
  })
  app.addHook('onResponse', (_request, _reply, done) => {
    if (isClosing) setImmediate(() => app.server.closeIdleConnections())
    done()
  })
}

/** Signatures are over bytes, so nothing may parse them first. */
function useRawJson(scope: FastifyInstance): void {
  scope.removeAllContentTypeParsers()
  scope.addContentTypeParser('application/json', {parseAs: 'buffer'}, (_request, body, done) => done(null, body))
}

const answered = {
  'x-content-type-options': 'nosniff',
  'x-frame-options': 'DENY',
  'referrer-policy': 'no-referrer',
  'content-security-policy': "default-src 'none'; frame-ancestors 'none'",
  'cache-control': 'no-store',
}
const answeredOverHttps = {...answered, 'strict-transport-security': 'max-age=31536000'}

function answerHeaders(app: FastifyInstance): void {
  app.addHook('onRequest', (request, reply, done) => {
    const headers = request.protocol === 'https' ? answeredOverHttps : answered
    void reply.headers(headers).header('x-request-id', request.id)
    done()
  })
}

/** RFC 9112, 3.2. */
function refuseNameless(app: FastifyInstance): void {
  app.addHook('onRequest', ({headers, raw}, _reply, done) => {
    if (headers.host !== undefined || raw.httpVersion !== '1.1') return done()
    done(new PytakeError('BAD_REQUEST', 'The request names no host: HTTP/1.1 wants the header Host.'))
  })
}

/** The pattern, never the address: that may name people. */
const routeOf = (request: {routeOptions: {url?: string}}): string => request.routeOptions.url ?? 'none'

function logAnswers(app: FastifyInstance, {log}: Runtime): void {
  app.addHook('onResponse', (request, reply, done) => {
    const line = {
      method: request.method,
      route: routeOf(request),
      status: reply.statusCode,
      ms: Math.round(reply.elapsedTime),
      request_id: request.id,
    }
    if (line.status >= 500) log.warn(line, 'answered')
    else log.debug(line, 'answered')
    done()
  })
}

function measure(app: FastifyInstance, {httpRequests, httpSeconds}: Metrics): void {
  app.addHook('onResponse', (request, reply, done) => {
    const {method} = request
    const route = routeOf(request)
    httpRequests.inc({method, route, status: reply.statusCode})
    httpSeconds.observe({method, route}, reply.elapsedTime / 1000)
    done()
  })
}

/** Whoever gets a token of a user can check it without asking us. */
function addKeys(app: FastifyInstance, runtime: Runtime): void {
  app.get('/.well-known/jwks.json', async (_request, reply) => {
    void reply.header('cache-control', 'public, max-age=300')
    return {keys: (await signingKeys(runtime)).map(({publicJwk}) => publicJwk)}
  })
}

function addMetrics(app: FastifyInstance, {registry}: Metrics): void {
  app.get('/metrics', async (_request, reply) => {
    void reply.type(registry.contentType)
    return registry.metrics()
  })
}
