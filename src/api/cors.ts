import cors from '@fastify/cors'
import type {FastifyInstance} from 'fastify'

const MAX_AGE_SECONDS = 600

/**
 * Lets pages of these origins call the routes of a scope from a browser; without any nothing is opened. Call it before
 * whatever asks for a token: a browser asks for leave without one. Cookies do not count here, so none are let through.
 */
export async function useCors(scope: FastifyInstance, origins: readonly string[]): Promise<void> {
  if (origins.length === 0) return
  await scope.register(cors, {
    origin: [...origins],
    methods: ['GET', 'HEAD', 'POST', 'PUT', 'DELETE'],
    allowedHeaders: [
      ...['authorization', 'content-type', 'idempotency-key'],
      ...['if-match', 'if-none-match', 'x-pytake-tenant'],
    ],
    exposedHeaders: [
      ...['content-disposition', 'etag', 'retry-after'],
      ...['x-ratelimit-limit', 'x-ratelimit-remaining', 'x-request-id'],
    ],
    maxAge: MAX_AGE_SECONDS,
    strictPreflight: false,
  })
}
