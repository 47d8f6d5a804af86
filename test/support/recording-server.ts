import type {IncomingHttpHeaders} from 'node:http'
import {serve, type LocalServer} from './http-server.ts'

export interface RecordedRequest {
  method: string
  url: string
  headers: IncomingHttpHeaders
  body: string
  /** The body as JSON, where it is JSON. */
  json: unknown
}

export interface Answer {
  status?: number
  headers?: Record<string, string>
  /** Text and bytes go out as they are, everything else as JSON. */
  body?: unknown
}

export interface RecordingServer extends LocalServer {
  requests: RecordedRequest[]
}

/** A provider's stand-in that keeps what it was asked. `answer` may return nothing: then the connection is cut. */
export async function recordingServer(
  answer: (request: RecordedRequest, count: number) => Answer | undefined,
): Promise<RecordingServer> {
  const requests: RecordedRequest[] = []
  const server = await serve((incoming, outgoing) => {
    const chunks: Buffer[] = []
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk))
    incoming.on('end', () => {
      const body = Buffer.concat(chunks).toString('utf8')
      const {method = '', url = '', headers} = incoming
      const request = {method, url, headers, body, json: parsed(body)}
      requests.push(request)
      const reply = answer(request, requests.length)
      if (reply === undefined) return incoming.socket.destroy()
      const text = typeof reply.body === 'string' || Buffer.isBuffer(reply.body)
      outgoing.writeHead(reply.status ?? 200, {
        'content-type': text ? 'text/plain' : 'application/json',
        ...reply.headers,
      })
      return outgoing.end(text ? reply.body : JSON.stringify(reply.body ?? {}))
    })
  })
  return Object.assign(server, {requests})
}

function parsed(body: string): unknown {
  try {
    return JSON.parse(body)
  } catch {
    return undefined
  }
}
