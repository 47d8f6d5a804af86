import type {FastifyInstance, FastifyReply, FastifyRequest} from 'fastify'
import type {Buckets} from '../base/buckets.ts'
import {PytakeError} from '../base/errors.ts'
import type {GraphqlService} from '../graphql/service.ts'
import type {Runtime} from '../runtime/runtime.ts'
import {tellRate, tooMany} from './caller.ts'
import {toPytakeError} from './envelope.ts'
import {callerOf} from './routes.ts'

const PATH = '/graphql'
const RESPONSE_TYPE = 'application/graphql-response+json'

export interface GraphqlRouteOptions {
  runtime: Runtime
  buckets: Buckets
  burst: number
  isProduction: boolean
}

/**
 * `POST /graphql` in a scope that knows its callers. GraphQL.js and what surrounds it here, and no plugin of Fastify: the
 * socket is the hub's, the types are made of the operations, and nothing is loaded before somebody asks.
 */
export function addGraphql(scope: FastifyInstance, options: GraphqlRouteOptions): void {
  const {runtime, isProduction} = options
  let loading: Promise<GraphqlService> | undefined
  const service = () =>
    (loading ??= import('../graphql/service.ts').then(({createService}) =>
      createService(runtime, {isOpen: !isProduction}),
    ))
  scope.setErrorHandler(async (thrown, request, reply) => {
    const {refusal} = await import('../graphql/errors.ts')
    const error = toPytakeError(thrown)
    if (error.code === 'INTERNAL') {
      runtime.log.error({err: error.cause ?? error, route: PATH, request_id: request.id}, 'request failed')
    }
    if (error.code === 'UNAUTHORIZED') void reply.header('www-authenticate', 'Bearer')
    return reply.code(error.status).send(refusal(error, request.id))
  })
  scope.post(PATH, async (request, reply) => answer(await service(), request, {reply, ...options}))
  // A query in an address would be in logs and histories, and a change could be made by a link.
  scope.get(PATH, async (request, reply) => {
    const {refusal} = await import('../graphql/errors.ts')
    const error = new PytakeError('BAD_REQUEST', 'Queries are sent with POST.')
    return reply.code(405).header('allow', 'POST').send(refusal(error, request.id))
  })
}

async function answer(
  service: GraphqlService,
  request: FastifyRequest,
  {reply, buckets, burst}: GraphqlRouteOptions & {reply: FastifyReply},
) {
  const caller = callerOf(request)
  const prepared = service.prepare(request.body)
  const isOfNewKind = (request.headers.accept ?? '').includes(RESPONSE_TYPE)
  if (isOfNewKind) void reply.type(`${RESPONSE_TYPE}; charset=utf-8`)
  if ('errors' in prepared) {
    if (isOfNewKind) void reply.code(400)
    return service.format(prepared, request.id)
  }
  // The first was counted at the door.
  const more = Math.min(prepared.requests, burst) - 1
  const allowance = more > 0 ? buckets.take(caller.principal.name, more) : undefined
  if (allowance && !allowance.allowed) throw tooMany(reply, allowance, burst)
  if (allowance) tellRate(reply, allowance, burst)
  // The header is of one call; here each change takes a key of its own.
  const context = service.context({...caller, idempotencyKey: undefined})
  const done = await service.run(prepared, {context, requestId: request.id})
  if (isOfNewKind && done.data === undefined) void reply.code(400)
  return done
}
