import type {FastifyReply, FastifyRequest} from 'fastify'
import {PytakeError} from '../base/errors.ts'
import type {Authenticate} from '../operations/authenticate.ts'
import {anonymous, type Principal} from '../operations/principal.ts'
import type {Allowance, Buckets} from '../base/buckets.ts'

declare module 'fastify' {
  interface FastifyRequest {
    principal: Principal | null
  }
  interface FastifyContextConfig {
    /** Nobody has to say who they are: it is how they come to be known. */
    isOpen?: boolean
  }
}

export interface CallerOptions {
  authenticate: Authenticate
  buckets: Buckets
  burst: number
}

/**
 * Knows the caller and holds them to their rate: per principal once they are known, per address before.
 * Guessing tokens is counted against the address, so it cannot go on for long;
 * it does not shut out who shares the address and was known before.
 */
export function callerHook({authenticate, buckets, burst}: CallerOptions) {
  return async (request: FastifyRequest, reply: FastifyReply): Promise<void> => {
    const token = bearer(request)
    const address = `ip:${request.ip}`
    const isAsked = token !== undefined && !request.routeOptions.config.isOpen
    const guessing = buckets.look(address)
    if (!guessing.allowed && !(isAsked && authenticate.wasValid(token))) throw tooMany(reply, guessing, burst)
    const principal = isAsked ? await authenticate(token) : undefined
    const allowance = buckets.take(principal ? principal.name : address)
    if (!allowance.allowed) throw tooMany(reply, allowance, burst)
    tellRate(reply, allowance, burst)
    if (request.routeOptions.config.isOpen) {
      request.principal = anonymous
      return
    }
    if (!principal) throw unknownCaller(token)
    request.principal = principal
  }
}

function bearer(request: FastifyRequest): string | undefined {
  const [scheme, token] = (request.headers.authorization ?? '').split(' ')
  return scheme?.toLowerCase() === 'bearer' && token ? token : undefined
}

const unknownCaller = (token: string | undefined): PytakeError =>
  new PytakeError(
    'UNAUTHORIZED',
    token === undefined ? 'A token is needed: Authorization: Bearer …' : 'The token is not valid, expired or revoked.',
    {help: 'Sign in: pytake login. For programs, on the server: pytake token create --name NAME'},
  )

export function tellRate(reply: FastifyReply, {remaining}: Allowance, burst: number): void {
  void reply.header('x-ratelimit-limit', burst).header('x-ratelimit-remaining', remaining)
}

export function tooMany(reply: FastifyReply, allowance: Allowance, burst: number): PytakeError {
  tellRate(reply, allowance, burst)
  void reply.header('retry-after', allowance.retryAfter)
  return new PytakeError('RATE_LIMITED', `Too many requests. Again in ${allowance.retryAfter} s.`)
}
