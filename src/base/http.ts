import {isIP} from 'node:net'
import type {Dispatcher} from 'undici'
import {blockList, mayReach, type Reach} from './address.ts'
import type {Clock} from './clock.ts'
import {createDeadlines, type Deadline} from './deadlines.ts'
import {BLOCKED, createAgents, guardedLookup} from './http-agents.ts'
import {HttpError} from './http-error.ts'
import {exchange} from './http-exchange.ts'
import type {Wire} from './http-wire.ts'

export {HttpError} from './http-error.ts'

/** The one way out. Each call names the policy that says where it may go. */
export interface Http {
  /** Resolves with whatever answer came, whatever its status; rejects with an `HttpError` and nothing else. */
  request(request: HttpRequest): Promise<HttpResponse>
  /** Rejects with an `HttpError` when this address may not be called: for what somebody else is to fetch for us. */
  check(url: string, policy: NetworkPolicy): Promise<void>
  /** The same client with sockets of its own, for a server that must not share ours; closed with this one. */
  separate(pool: HttpPool): Http
  close(): Promise<void>
}

export interface HttpPool {
  /** Most sockets per host. */
  connections: number
  /** A private certificate authority (PEM) that counts besides the public ones. */
  ca?: string
}

export interface HttpRequest {
  method: 'GET' | 'HEAD' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  url: string
  headers?: Record<string, string>
  body?: string | Buffer | FormData
  policy: NetworkPolicy
  /** For everything together: waiting for a socket, DNS, connect, redirects, the last byte. */
  timeoutMs: number
  /** Most bytes of the answer. */
  maxBytes?: number
  /** An answer that is larger is cut off there, not an error: for whoever wants its beginning only. */
  cut?: boolean
  /** A redirect is an answer like any other. */
  stay?: boolean
  signal?: AbortSignal
  /** Called just before the first byte is written. */
  onStart?: () => void
}

/** `public`: only public addresses. `configured`: an address an operator wrote; private only when allowed. */
export interface NetworkPolicy {
  kind: 'public' | 'configured'
  allowPrivate?: boolean
}

export interface HttpResponse {
  status: number
  headers: Record<string, string>
  body: Buffer
}

export interface HttpOptions {
  clock: Pick<Clock, 'sleep' | 'monotonic'>
  /** Most sockets per host. */
  connections?: number
  /** Networks (CIDR) that calls with a `configured` policy may reach though they are private. */
  allowNetworks?: readonly string[]
  /** Node's own client instead of undici, for a process that makes few calls and should start at once. */
  light?: boolean
  /** Takes the place of the real network, for tests. */
  dispatcher?: Dispatcher
}

const MOST_REDIRECTS = 3
const DEFAULT_MAX_BYTES = 10 * 1024 * 1024
const DEFAULT_CONNECTIONS = 128

/** Kept when a redirect leads to another origin; everything else could be a secret. */
const harmlessHeaders = new Set(['accept', 'accept-language', 'user-agent'])

/** The client for every outgoing call of this process. What carries them is loaded with the first request. */
export function createHttp(options: HttpOptions & {ca?: string}): Http {
  const reaches: Reaches = {
    public: {kind: 'public'},
    any: {kind: 'any'},
    networks: {kind: 'networks', networks: blockList(options.allowNetworks ?? [])},
  }
  const agents = createAgents(
    {connections: options.connections ?? DEFAULT_CONNECTIONS, ca: options.ca, light: options.light},
    options.dispatcher,
  )
  const startDeadline = createDeadlines(options.clock)
  const separated = new Set<Http>()

  return {
    async request(request) {
      const reach = reachOf(request.policy, reaches)
      const deadline = startDeadline(request.timeoutMs, request.signal)
      try {
        return await follow(request, deadline, {reach, wire: await agents.get(reach)})
      } finally {
        deadline.stop()
      }
    },
    async check(text, policy) {
      const reach = reachOf(policy, reaches)
      const {hostname} = checkedUrl(text, reach, 'before')
      if (isIP(hostname.replace(/^\[|\]$/g, '')) === 0) await resolved(hostname, reach)
    },
    separate(pool) {
      const http = createHttp({...options, ...pool})
      separated.add(http)
      const close = () => {
        separated.delete(http)
        return http.close()
      }
      return {...http, close}
    },
    async close() {
      await Promise.all([...separated].map((http) => http.close()))
      await agents.close()
    },
  }
}

const resolved = (hostname: string, reach: Reach): Promise<void> =>
  new Promise((resolve, reject) => {
    guardedLookup(reach)(hostname, {}, (error) => {
      if (!error) return resolve()
      const isBlocked = (error as NodeJS.ErrnoException).code === BLOCKED
      const words = isBlocked ? error.message : `The name of ${hostname} cannot be resolved.`
      reject(new HttpError(isBlocked ? 'blocked' : 'dns', 'before', words, error))
    })
  })

type Reaches = Record<Reach['kind'], Reach>

function reachOf(policy: NetworkPolicy, reaches: Reaches): Reach {
  if (policy.kind === 'public') return reaches.public
  return policy.allowPrivate ? reaches.any : reaches.networks
}

interface Way {
  reach: Reach
  wire: Wire
}

async function follow(request: HttpRequest, deadline: Deadline, way: Way): Promise<HttpResponse> {
  const maxBytes = request.maxBytes ?? DEFAULT_MAX_BYTES
  let url = checkedUrl(request.url, way.reach, 'before')
  const {body, type} = await encode(request.body)
  let headers: Record<string, string> = {...type, ...request.headers}
  for (let redirects = 0; ; redirects++) {
    const {method, cut = false, onStart} = request
    const hop = {method, url, headers, body, maxBytes, cut, onStart, first: redirects === 0}
    const response = await exchange(hop, way.wire, deadline)
    const target = request.stay ? undefined : redirectTarget(request.method, url, response)
    if (target === undefined) return response
    if (redirects === MOST_REDIRECTS) {
      throw new HttpError('redirect', 'after', `${url.host} redirected more than ${MOST_REDIRECTS} times.`)
    }
    const next = checkedUrl(target, way.reach, 'after')
    if (next.origin !== url.origin) {
      headers = Object.fromEntries(Object.entries(headers).filter(([name]) => harmlessHeaders.has(name.toLowerCase())))
    }
    url = next
  }
}

/** A form as bytes, so that its length is known and nothing need stream it. */
async function encode(body: HttpRequest['body']): Promise<{body?: string | Buffer; type?: Record<string, string>}> {
  // Not asked for by its class: Node loads a whole HTTP client of its own with the first look at that.
  if (body === undefined || typeof body === 'string' || Buffer.isBuffer(body)) return {body}
  const encoded = new Response(body)
  const bytes = Buffer.from(await encoded.arrayBuffer())
  return {body: bytes, type: {'content-type': encoded.headers.get('content-type') ?? 'multipart/form-data'}}
}

/** Where to go next, or undefined when this answer is the last word for this method. */
function redirectTarget(method: HttpRequest['method'], from: URL, response: HttpResponse): string | undefined {
  const location = response.headers.location
  if (location === undefined || ![301, 302, 303, 307, 308].includes(response.status)) return undefined
  if (!URL.canParse(location, from.href)) return undefined
  const target = new URL(location, from)
  const safe = method === 'GET' || method === 'HEAD'
  const kept = response.status === 307 || response.status === 308
  return safe || (kept && target.origin === from.origin) ? target.href : undefined
}

function parsedUrl(text: string): URL | undefined {
  try {
    return new URL(text)
  } catch {
    return undefined
  }
}

const MOST_ADDRESSES = 200
const allowed = new WeakMap<Reach, Map<string, URL>>()

/** The address, when it may be called. The last ones are remembered, for the next call mostly goes to the same. */
function checkedUrl(text: string, reach: Reach, phase: 'before' | 'after'): URL {
  let known = allowed.get(reach)
  if (!known) allowed.set(reach, (known = new Map<string, URL>()))
  let url = known.get(text)
  if (!url) {
    url = judged(text, reach, phase)
    if (known.size >= MOST_ADDRESSES) known.clear()
    known.set(text, url)
  }
  return url
}

function judged(text: string, reach: Reach, phase: 'before' | 'after'): URL {
  const url = parsedUrl(text)
  if (!url) throw new HttpError('invalid', phase, 'The address is not a URL.')
  if (url.protocol !== 'http:' && url.protocol !== 'https:') {
    throw new HttpError('blocked', phase, `Only http and https addresses are called, not ${url.protocol}`)
  }
  if (url.username !== '' || url.password !== '') {
    throw new HttpError('blocked', phase, `The address of ${url.host} carries a user name or password.`)
  }
  // Names are checked when they are resolved; the client would connect to a literal without asking anyone.
  const literal = url.hostname.replace(/^\[|\]$/g, '')
  if (isIP(literal) !== 0 && !mayReach(literal, reach)) {
    throw new HttpError('blocked', phase, `${url.hostname} is not a public address.`)
  }
  return url
}
