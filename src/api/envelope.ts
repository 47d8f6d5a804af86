import type {FastifyError, FastifyInstance, FastifyReply, FastifyRequest} from 'fastify'
import {errorBody, type ErrorCode, PytakeError} from '../base/errors.ts'
import type {Logger} from '../observability/logger.ts'

/** What Fastify itself refuses, in our words. */
const fastifyErrors: Readonly<Record<string, [ErrorCode, string]>> = {
  FST_ERR_CTP_BODY_TOO_LARGE: ['TOO_LARGE', 'The body is too large.'],
  FST_ERR_CTP_INVALID_MEDIA_TYPE: ['UNSUPPORTED_TYPE', 'The body must be application/json.'],
  FST_ERR_CTP_INVALID_CONTENT_LENGTH: ['BAD_REQUEST', 'Content-Length does not match the body.'],
  FST_ERR_BAD_URL: ['BAD_REQUEST', 'The address is not a valid URL.'],
  FST_ERR_MAX_PARAM_LENGTH: ['BAD_REQUEST', 'A part of the address is too long.'],
}

export function toPytakeError(error: unknown): PytakeError {
  if (error instanceof PytakeError) return error
  const {code, statusCode} = error as Partial<FastifyError>
  const known = code === undefined ? undefined : fastifyErrors[code]
  if (known) return new PytakeError(known[0], known[1], {cause: error})
  if (statusCode !== undefined && statusCode >= 400 && statusCode < 500) {
    return new PytakeError('BAD_REQUEST', 'The request cannot be read.', {cause: error})
  }
  return new PytakeError('INTERNAL', 'Something went wrong inside. The log has the details.', {cause: error})
}

export function sendError(reply: FastifyReply, request: FastifyRequest, error: PytakeError): FastifyReply {
  if (error.code === 'UNAUTHORIZED') void reply.header('www-authenticate', 'Bearer')
  const wait = error.details.find((detail) => typeof detail.retry_after === 'number')?.retry_after
  if (typeof wait === 'number') void reply.header('retry-after', wait)
  // Also where the hooks did not run: an address that cannot be read.
  return reply.header('x-request-id', request.id).code(error.status).send(errorBody(error, request.id))
}

/** What a caller may still send of a body that was refused. */
const MOST_REFUSED_BYTES = 64 * 1024 * 1024

/** A connection that is closed while the caller still writes loses the answer, so the rest is read and thrown away. */
function takeTheRest({raw}: FastifyRequest, reply: FastifyReply): void {
  let left = MOST_REFUSED_BYTES
  void reply.removeHeader('connection')
  raw.on('data', (chunk: Buffer) => {
    left -= chunk.length
    if (left < 0) raw.destroy()
  })
  raw.resume()
}

/** Every error of every route leaves in the envelope; what is our own fault is logged. */
export function useEnvelope(app: FastifyInstance, log: Logger): void {
  app.setErrorHandler((thrown, request, reply) => {
    const error = toPytakeError(thrown)
    if (error.code === 'INTERNAL') {
      const route = request.routeOptions.url
      log.error({err: error.cause ?? error, route, request_id: request.id}, 'request failed')
    }
    if (error.code === 'TOO_LARGE') takeTheRest(request, reply)
    return sendError(reply, request, error)
  })
  app.setNotFoundHandler((request, reply) =>
    sendError(reply, request, new PytakeError('NOT_FOUND', 'There is nothing at this address with this method.')),
  )
}
