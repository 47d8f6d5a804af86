import {createServer, type IncomingHttpHeaders, type IncomingMessage, type ServerResponse} from 'node:http'
import type {AddressInfo} from 'node:net'
import {PytakeError} from '../base/errors.ts'
import type {RequestFate} from './faults.ts'
import type {World} from './world.ts'

/** One request, read whole. */
export interface SandboxRequest {
  method: string
  /** Without the query. */
  path: string
  query: URLSearchParams
  headers: IncomingHttpHeaders
  body: Buffer
}

export interface Answer {
  status: number
  body: string | Buffer
  type?: string
}

export interface Application {
  host: string
  port: number
  answer(request: SandboxRequest): Answer | Promise<Answer>
  /** The provider's own error body for a status a fault asked for. */
  faultAnswer(status: number): Answer
}

export interface Listening {
  url: string
  close(): Promise<void>
}

/** Path prefix of the control interface, which no fault touches. */
export const CONTROL = '/sandbox/'

const noQuery = new URLSearchParams()

export const json = (status: number, value: unknown): Answer => ({status, body: JSON.stringify(value)})

const taken = ({host, port}: Application) =>
  new PytakeError('INTERNAL', `Port ${port} on ${host} is taken by another program.`, {
    help: 'pytake sandbox --port N --evolution-port N --erp-port N',
  })

/** Serves an application on node:http, with the world's faults and latency in between. */
export async function listen(world: World, app: Application): Promise<Listening> {
  const server = createServer((request, response) => {
    exchange(world, app, request, response).catch(() => response.destroy())
  })
  await new Promise<void>((resolve, reject) => {
    server.once('error', (error: NodeJS.ErrnoException) => reject(error.code === 'EADDRINUSE' ? taken(app) : error))
    server.listen(app.port, app.host, resolve)
  })
  const {port} = server.address() as AddressInfo
  return {
    url: `http://${app.host.includes(':') ? `[${app.host}]` : app.host}:${port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

async function exchange(world: World, app: Application, from: IncomingMessage, to: ServerResponse): Promise<void> {
  const request = headOf(from)
  const control = request.path.startsWith(CONTROL)
  const fate: RequestFate = control ? {delayMs: 0} : world.faults.request(request.method, request.path)
  if (fate.end === 'reset') return void from.socket.resetAndDestroy()
  if (fate.end === 'hang') return void from.resume()
  request.body = await readBody(from)
  const whole = typeof fate.end === 'number' ? app.faultAnswer(fate.end) : await answerOf(app, request)
  const answer = spoilt(whole, fate.end)
  const wait = fate.delayMs + (control ? 0 : world.settings.latencyMs)
  if (wait > 0) await world.clock.sleep(wait)
  if (fate.end === 'drop') return void from.socket.destroy()
  to.writeHead(answer.status, {
    'Content-Type': answer.type ?? 'application/json; charset=UTF-8',
    'Content-Length': typeof answer.body === 'string' ? Buffer.byteLength(answer.body) : answer.body.length,
  })
  to.end(answer.body)
}

const FIVE_MB = 5 * 1024 * 1024

/** An answer that went wrong on its way: another page, half of it, or far too much. */
function spoilt(answer: Answer, how: RequestFate['end']): Answer {
  if (how === 'html') return {status: 200, body: '<html><body>Manutenção</body></html>', type: 'text/html'}
  if (how === 'huge') return {...answer, body: Buffer.alloc(FIVE_MB, 0x20)}
  return how === 'truncate' ? {...answer, body: answer.body.slice(0, Math.floor(answer.body.length / 2))} : answer
}

/** A mistake of ours is a 500, never a closed socket: that would read as an accepted message without an answer. */
async function answerOf(app: Application, request: SandboxRequest): Promise<Answer> {
  try {
    return await app.answer(request)
  } catch {
    return app.faultAnswer(500)
  }
}

function headOf(from: IncomingMessage): SandboxRequest {
  const url = from.url ?? '/'
  const mark = url.indexOf('?')
  return {
    method: from.method ?? 'GET',
    path: mark === -1 ? url : url.slice(0, mark),
    query: mark === -1 ? noQuery : new URLSearchParams(url.slice(mark + 1)),
    headers: from.headers,
    body: Buffer.alloc(0),
  }
}

function readBody(from: IncomingMessage): Promise<Buffer> {
  return new Promise((resolve, reject) => {
    const chunks: Buffer[] = []
    from.on('data', (chunk: Buffer) => chunks.push(chunk))
    from.on('end', () => resolve(chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks)))
    from.on('error', reject)
  })
}

/** The fields of a multipart body; undefined when it is none. */
export async function readForm(request: SandboxRequest): Promise<FormData | undefined> {
  const type = request.headers['content-type'] ?? ''
  if (!type.startsWith('multipart/form-data')) return undefined
  try {
    return await new Response(request.body, {headers: {'content-type': type}}).formData()
  } catch {
    return undefined
  }
}
