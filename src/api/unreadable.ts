import {STATUS_CODES} from 'node:http'
import type {Duplex} from 'node:stream'
import {errorBody, type ErrorCode, PytakeError} from '../base/errors.ts'

/** Why Node gives a connection up before there is a request, in our words. */
const reasons: Readonly<Record<string, [ErrorCode, string]>> = {
  HPE_HEADER_OVERFLOW: ['BAD_REQUEST', 'Address and headers are larger than 16 KB.'],
  ERR_HTTP_REQUEST_TIMEOUT: ['BAD_REQUEST', 'The request did not arrive in time.'],
}

/** Answers in the envelope where no hook of the server runs, and hangs up. */
export function answerUnreadable({code}: {code?: string}, socket: Duplex, requestId: string): void {
  if (!socket.writable) return
  const error = new PytakeError(...(reasons[code ?? ''] ?? ['BAD_REQUEST', 'The request is not HTTP.']))
  const body = JSON.stringify(errorBody(error, requestId))
  const head = [
    `HTTP/1.1 ${error.status} ${STATUS_CODES[error.status]}`,
    ...['content-type: application/json', `content-length: ${Buffer.byteLength(body)}`, 'connection: close'],
  ]
  socket.end(`${head.join('\r\n')}\r\n\r\n${body}`)
}
