import type {FastifyInstance, FastifyReply} from 'fastify'
import {PytakeError} from '../base/errors.ts'
import {createTimeLimit, type Running} from '../base/time-limit.ts'

declare module 'fastify' {
  interface FastifyReply {
    /** The time that its handler has. */
    running: Running<FastifyReply> | null
  }
}

/** Answers in the place of a handler that takes too long. What that one answers later is dropped. */
export function limitTime(scope: FastifyInstance, ms: number): void {
  const limit = createTimeLimit<FastifyReply>(ms, (reply) => {
    if (!reply.sent) void reply.send(new PytakeError('UNAVAILABLE', 'The request took too long.'))
  })
  scope.decorateReply('running', null)
  scope.addHook('onRequest', (_request, reply, done) => {
    reply.running = limit.start(reply)
    done()
  })
  scope.addHook('onResponse', (_request, {running}, done) => {
    if (running) limit.stop(running)
    done()
  })
}
