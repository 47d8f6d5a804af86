import type {z} from 'zod'
import {type ErrorCode, errorCodes, type ErrorDetail, invalid, messageOf, PytakeError} from '../base/errors.ts'
import {createHttp, type Http, HttpError, type HttpResponse} from '../base/http.ts'
import type {Clock} from '../base/clock.ts'
import {isRecord} from '../base/json.ts'
import type {Client} from '../operations/client.ts'
import {runHere} from '../operations/here.ts'
import type {StoredFile} from '../operations/media-row.ts'
import type {Operation, ServedOperation} from '../operations/operation.ts'

const TIMEOUT_MS = 60_000
const MOST_BYTES = 256 * 1024 * 1024

export interface RemoteOptions {
  url: string
  token: string
  /** Another token for one that the server did not take; undefined when there is none. */
  renew?: Renew
  /** Id, domain or name. */
  tenant?: string
  clock: Clock
}

export type Renew = (refused: string) => Promise<string | undefined>

/** A client over HTTP: the same calls, answers and errors as in process. */
export function remoteClient({url, token, renew, tenant, clock}: RemoteOptions): Client {
  const http = createHttp({clock, connections: 4, light: true})
  const base = url.replace(/\/+$/, '')
  const headers = {
    accept: 'application/json',
    ...(tenant === undefined ? {} : {'x-pytake-tenant': encodeURIComponent(tenant)}),
  }
  let current = token
  const ask = (prepared: Prepared, bearer: string) =>
    send(http, {
      ...prepared,
      url: `${base}/api/v1${prepared.path}`,
      headers: bearer === '' ? headers : {...headers, authorization: `Bearer ${bearer}`},
    })
  return {
    async call<I extends z.ZodType, O extends z.ZodType>(operation: Operation<I, O>, input: z.input<I>) {
      if (operation.scope === 'here') return runHere(operation, input)
      const request = requestOf(operation, input)
      const used = current
      let response = await ask(request, used)
      // What was refused for its token was not carried out.
      if (response.status === 401 && renew && operation.permission !== 'nobody') {
        const renewed = await renew(used)
        if (renewed !== undefined) response = await ask(request, (current = renewed))
      }
      if (operation.raw && response.status === 200) return fileOf(response) as z.output<O>
      return answerOf(response, base) as z.output<O>
    },
    close: () => http.close(),
  }
}

interface Prepared {
  method: ServedOperation['method']
  path: string
  body?: string
}

/** Fields that the path names go there; the others into the query or the body. */
function requestOf(operation: ServedOperation, input: unknown): Prepared {
  const rest: Record<string, unknown> = {...(isRecord(input) ? input : {})}
  const path = operation.path.replace(/\{(\w+)\}/g, (_match, name: string) => {
    const value = rest[name]
    if (typeof value !== 'string' || value === '') throw invalid(name, 'is required')
    delete rest[name]
    return encodeURIComponent(value)
  })
  const {method} = operation
  if (method === 'POST' || method === 'PUT') return {method, path, body: JSON.stringify(rest)}
  const query = new URLSearchParams()
  for (const [name, value] of Object.entries(rest)) {
    if (Array.isArray(value)) query.set(name, value.join(','))
    else if (['string', 'number', 'boolean'].includes(typeof value))
      query.set(name, `${value as string | number | boolean}`)
  }
  return {method, path: query.size > 0 ? `${path}?${query.toString()}` : path}
}

interface Sent extends Prepared {
  url: string
  headers: Record<string, string>
}

async function send(http: Http, {method, url, headers, body}: Sent): Promise<HttpResponse> {
  try {
    return await http.request({
      method,
      url,
      headers: body === undefined ? headers : {...headers, 'content-type': 'application/json'},
      body,
      // Whoever added the context chose the address; it is often in their own network.
      policy: {kind: 'configured', allowPrivate: true},
      timeoutMs: TIMEOUT_MS,
      maxBytes: MOST_BYTES,
    })
  } catch (error) {
    if (!(error instanceof HttpError)) throw error
    throw new PytakeError('UNAVAILABLE', `${new URL(url).origin} cannot be reached: ${messageOf(error)}`, {
      help: 'pytake context show',
      cause: error,
    })
  }
}

/** Bytes come as they are; in process the same operation answers them in this form. */
function fileOf({body, headers}: HttpResponse): StoredFile {
  const header = (name: string) => [headers[name]].flat()[0]
  const name = /filename\*=UTF-8''([^;]+)/.exec(header('content-disposition') ?? '')?.[1]
  return {
    data: body.toString('base64'),
    mime_type: header('content-type') ?? 'application/octet-stream',
    size: body.length,
    filename: name === undefined ? null : decodeURIComponent(name),
  }
}

function answerOf(response: HttpResponse, base: string): unknown {
  if (response.status === 204) return null
  const content = parse(response)
  if (response.status >= 200 && response.status < 300 && content !== undefined) return content
  const error = isRecord(content) && isRecord(content.error) ? content.error : undefined
  if (!error) {
    throw new PytakeError('UNAVAILABLE', `${base} answered ${response.status}, and not as PyTake does.`, {
      help: 'Check the address: pytake context show',
    })
  }
  const known = errorCodes.find((code) => code === error.code)
  throw new PytakeError(known ?? codeOfStatus(response.status), textOf(error.message) ?? 'The server refused.', {
    details: Array.isArray(error.details) ? (error.details as ErrorDetail[]) : [],
    help: textOf(error.help),
    requestId: textOf(error.request_id),
  })
}

const codeOfStatus = (status: number): ErrorCode => (status >= 500 ? 'INTERNAL' : 'BAD_REQUEST')

const textOf = (value: unknown): string | undefined => (typeof value === 'string' ? value : undefined)

function parse(response: HttpResponse): unknown {
  try {
    return JSON.parse(response.body.toString('utf8')) as unknown
  } catch {
    return undefined
  }
}
