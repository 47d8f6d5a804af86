import type {IncomingHttpHeaders} from 'node:http'
import type {Deadline} from './deadlines.ts'
import {messageOf} from './errors.ts'
import {BLOCKED} from './http-agents.ts'
import {HttpError, type HttpErrorCode} from './http-error.ts'
import type {Wire, WireControl, WireHandler, WireRequest} from './http-wire.ts'

export interface Hop {
  method: WireRequest['method']
  url: URL
  headers: Record<string, string>
  body: string | Buffer | undefined
  maxBytes: number
  /** What is beyond is not read, and no error. */
  cut: boolean
  /** False after a redirect: then an earlier request was taken already. */
  first: boolean
  onStart?: () => void
}

export interface Answer {
  status: number
  headers: Record<string, string>
  body: Buffer
}

/** One request and its answer. */
export function exchange(hop: Hop, wire: Wire, deadline: Deadline): Promise<Answer> {
  return new Promise((resolve, reject) => {
    const settle = settleOnce(resolve, reject)
    const progress: Progress = {started: !hop.first, status: 0, headers: {}, chunks: [], size: 0, settle}
    const onOver = () => {
      const code = deadline.over ?? 'aborted'
      const words = code === 'timeout' ? 'did not answer in time' : 'was not waited for'
      stop(progress, failure(code, progress, `${hop.url.host} ${words}.`))
    }
    if (deadline.over) return onOver()
    deadline.onOver = onOver
    try {
      wire.dispatch(wireRequest(hop), handlerFor(hop, progress))
    } catch (error) {
      settle.fail(failure('invalid', progress, `The request to ${hop.url.host} cannot be written: ${messageOf(error)}`))
    }
  })
}

interface Progress {
  /** From here on the server may have taken the request. */
  started: boolean
  controller?: WireControl
  status: number
  headers: Record<string, string>
  chunks: Buffer[]
  size: number
  settle: Settle
}

interface Settle {
  done: boolean
  succeed(answer: Answer): void
  fail(error: HttpError): void
}

function settleOnce(resolve: (answer: Answer) => void, reject: (error: HttpError) => void): Settle {
  const settle: Settle = {
    done: false,
    succeed: (answer) => finish(() => resolve(answer)),
    fail: (error) => finish(() => reject(error)),
  }
  function finish(outcome: () => void) {
    if (settle.done) return
    settle.done = true
    outcome()
  }
  return settle
}

const failure = (code: HttpErrorCode, progress: Progress, message: string, cause?: unknown) =>
  new HttpError(code, progress.started ? 'after' : 'before', message, cause)

/** Ends the exchange with this error and takes the connection down with it. */
function stop(progress: Progress, error: HttpError) {
  progress.settle.fail(error)
  progress.controller?.abort(error)
}

const wireRequest = (hop: Hop): WireRequest => ({
  origin: hop.url.origin,
  path: hop.url.pathname + hop.url.search,
  method: hop.method,
  headers: {'accept-encoding': 'identity', ...hop.headers},
  body: hop.body,
})

function handlerFor(hop: Hop, progress: Progress): WireHandler {
  return {
    onRequestStart(controller) {
      // Settled while it waited for a socket, or about to be written a second time: neither may reach the wire.
      const again = progress.controller !== undefined
      progress.controller = controller
      if (progress.settle.done) return controller.abort(new Error('settled'))
      if (again) return controller.abort(new Error('A request is written once.'))
      progress.started = true
      hop.onStart?.()
    },
    onResponseStart(_controller, status, headers) {
      if (status < 200) return
      progress.status = status
      progress.headers = plainHeaders(headers)
      if (hop.method !== 'HEAD' && !hop.cut && Number(progress.headers['content-length']) > hop.maxBytes)
        tooLarge(hop, progress)
    },
    onResponseData(_controller, chunk) {
      progress.size += chunk.length
      if (progress.size > hop.maxBytes && !hop.cut) return tooLarge(hop, progress)
      progress.chunks.push(chunk)
      if (progress.size > hop.maxBytes) enough(hop, progress)
    },
    onResponseEnd: () => progress.settle.succeed(answerOf(progress)),
    onResponseError(_controller, error) {
      const code = codeOf(error, progress)
      progress.settle.fail(failure(code, progress, wordsFor(code, hop.url.host, error), error))
    },
  }
}

const answerOf = ({status, headers, chunks}: Progress): Answer => ({
  status,
  headers,
  body: chunks.length === 1 && chunks[0] ? chunks[0] : Buffer.concat(chunks),
})

/** The answer is as long as was wanted; the rest, and the connection with it, is let go. */
function enough(hop: Hop, progress: Progress) {
  const {body, ...answer} = answerOf(progress)
  progress.settle.succeed({...answer, body: body.subarray(0, hop.maxBytes)})
  progress.controller?.abort(new Error('The rest is not wanted.'))
}

function tooLarge(hop: Hop, progress: Progress) {
  stop(progress, failure('too_large', progress, `${hop.url.host} answered with more than ${hop.maxBytes} bytes.`))
}

function plainHeaders(headers: IncomingHttpHeaders): Record<string, string> {
  const plain: Record<string, string> = {}
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) plain[name] = Array.isArray(value) ? value.join(', ') : value
  }
  return plain
}

const DNS_CODE = /^(ENOTFOUND|EAI_\w+|ENODATA|ESERVFAIL)$/
const TLS_CODE = /^(ERR_TLS|ERR_SSL|CERT_|UNABLE_TO_|DEPTH_ZERO|SELF_SIGNED|HOSTNAME_MISMATCH|EPROTO)/

function codeOf(error: Error, progress: Progress): HttpErrorCode {
  const code = (error as Error & {code?: unknown}).code
  const name = typeof code === 'string' ? code : ''
  if (error.name === 'HTTPParserError' || name.startsWith('HPE_')) return 'bad_answer'
  if (progress.controller !== undefined) return name === 'UND_ERR_INVALID_ARG' ? 'invalid' : 'reset'
  if (name === BLOCKED) return 'blocked'
  if (DNS_CODE.test(name)) return 'dns'
  if (TLS_CODE.test(name)) return 'tls'
  return name === 'UND_ERR_INVALID_ARG' ? 'invalid' : 'connect'
}

function wordsFor(code: HttpErrorCode, host: string, error: Error): string {
  if (code === 'blocked') return error.message
  if (code === 'dns') return `The name of ${host} cannot be resolved.`
  if (code === 'connect') return `No connection to ${host}: ${error.message}`
  if (code === 'tls') return `No secure connection to ${host}: ${error.message}`
  if (code === 'invalid') return `The request to ${host} cannot be written: ${error.message}`
  if (code === 'bad_answer') return `${host} did not answer in HTTP: ${error.message}`
  return `The connection to ${host} broke before the answer was complete.`
}
