import {gzip} from 'node:zlib'
import type {FastifyInstance} from 'fastify'

/** Smaller answers are not worth the time. */
const LEAST_BYTES = 1024

/** Compresses JSON and text for who takes gzip, off the main thread. Answers that hold tokens stay as they are. */
export function useCompression(app: FastifyInstance): void {
  app.addHook('onSend', (request, reply, payload, done) => {
    if (typeof payload !== 'string' || payload.length < LEAST_BYTES) return done(null, payload)
    const vary = reply.getHeader('vary')
    void reply.header('vary', vary === undefined ? 'accept-encoding' : `${[vary].flat().join(', ')}, accept-encoding`)
    if (!takesGzip(request.headers['accept-encoding']) || request.routeOptions.config.isOpen) {
      return done(null, payload)
    }
    void reply.header('content-encoding', 'gzip').removeHeader('content-length')
    gzip(payload, done)
  })
}

function takesGzip(header: string | string[] | undefined): boolean {
  if (header === undefined) return false
  return [header]
    .flat()
    .join(',')
    .split(',')
    .some((one) => /^\s*gzip\s*(;|$)/.test(one) && !/q=0(\.0*)?\s*$/.test(one))
}
