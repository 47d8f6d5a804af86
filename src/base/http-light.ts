import {Agent as HttpAgent, type ClientRequest, type IncomingMessage, request as requestHttp} from 'node:http'
import {Agent as HttpsAgent, request as requestHttps} from 'node:https'
import type {LookupFunction, Socket} from 'node:net'
import type {Wire, WireControl, WireHandler, WireRequest} from './http-wire.ts'

interface LightOptions {
  /** Most sockets per host. */
  connections: number
  /** How long a socket without work is kept. */
  idleMs: number
  connectMs: number
  lookup: LookupFunction
  ca?: string[]
}

/** Carries requests over Node's own client. Closing ends what is still under way. */
export function createLightWire({connections, idleMs, connectMs, lookup, ca}: LightOptions) {
  const options = {keepAlive: true, maxSockets: connections, timeout: idleMs, lookup}
  const ways = {
    'http:': {agent: new HttpAgent(options), request: requestHttp},
    'https:': {agent: new HttpsAgent({...options, ca}), request: requestHttps},
  }
  return {
    dispatch({origin, path, method, headers, body}: WireRequest, handler: WireHandler) {
      const url = new URL(origin)
      const {agent, request} = ways[url.protocol as keyof typeof ways]
      // Node tells the length of a body by itself only where one is usual.
      const length = body === undefined ? {} : {'content-length': Buffer.byteLength(body)}
      const sent = request(url, {agent, path, method, headers: {...headers, ...length}})
      report(sent, handler)
      sent.once('socket', (socket: Socket) => whenConnected(sent, socket, connectMs, () => begin(sent, handler, body)))
    },
    close() {
      for (const {agent} of Object.values(ways)) agent.destroy()
      return Promise.resolve()
    },
  } satisfies Wire & {close(): Promise<void>}
}

const connected = new WeakSet<Socket>()

/** Nothing is written to a connection that is not there yet: what fails before surely was not taken. */
function whenConnected(sent: ClientRequest, socket: Socket, connectMs: number, ready: () => void) {
  if (connected.has(socket)) return ready()
  const late = setTimeout(() => sent.destroy(new Error(`no connection within ${connectMs / 1000} seconds`)), connectMs)
  sent.once('close', () => clearTimeout(late))
  socket.once('encrypted' in socket ? 'secureConnect' : 'connect', () => {
    clearTimeout(late)
    connected.add(socket)
    ready()
  })
}

function begin(sent: ClientRequest, handler: WireHandler, body: WireRequest['body']) {
  handler.onRequestStart(controlOf(sent))
  if (!sent.destroyed) sent.end(body)
}

/** Tells what becomes of a request, its end exactly once. */
function report(sent: ClientRequest, handler: WireHandler) {
  const control = controlOf(sent)
  let isOver = false
  const once = (tell: () => void) => {
    if (!isOver) tell()
    isOver = true
  }
  const fail = (error: Error) => once(() => handler.onResponseError(control, error))
  sent.on('error', fail)
  sent.once('response', (response: IncomingMessage) => {
    handler.onResponseStart(control, response.statusCode ?? 0, response.headers)
    response.on('data', (chunk: Buffer) => handler.onResponseData(control, chunk))
    response.on('error', fail)
    response.once('end', () => once(() => handler.onResponseEnd(control)))
  })
}

const controlOf = (sent: ClientRequest): WireControl => ({abort: () => void sent.destroy()})
