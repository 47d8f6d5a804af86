import {type ExecutionArgs, GraphQLError} from 'graphql'
import {type Context, makeServer} from 'graphql-ws'
import type {WebSocket} from 'ws'
import {type ErrorCode, messageOf, PytakeError} from '../base/errors.ts'
import type {EventRecord} from '../base/events.ts'
import type {Wanted} from '../graphql/context.ts'
import {createService, type GraphqlService} from '../graphql/service.ts'
import {EventFilterInput} from '../operations/event-filter.ts'
import {parseInput} from '../operations/input.ts'
import {requirePermission} from '../operations/permissions.ts'
import type {Principal} from '../operations/principal.ts'
import type {Runtime} from '../runtime/runtime.ts'
import {createEventQueue} from './event-queue.ts'
import {follow} from './follow.ts'
import {
  admit,
  beat,
  closeSession,
  type Connection,
  type ConnectionOptions,
  isOpen,
  mayTalk,
  mayTry,
  openSession,
  type Session,
  stillKnown,
  tooMany,
  turnAway,
} from './session.ts'

/** Queries and subscriptions of one connection that go on at once. */
const MOST_AT_ONCE = 20
/** As an answer of the protocol; what went wrong is in the log. */
const INVALID_MESSAGE = 4400

type Talk = Context<Record<string, unknown>, {session: Session}>

/** Opens connections on `/graphql` that speak graphql-transport-ws, by the rules of `/ws`. */
export type OpenGraphql = (socket: WebSocket, options: ConnectionOptions) => Connection

export function graphqlConnections(runtime: Runtime, {isProduction}: {isProduction: boolean}): OpenGraphql {
  const service = createService(runtime, {isOpen: !isProduction})
  const requestId = () => `req_${runtime.ids.next()}`
  const server = makeServer<Record<string, unknown>, {session: Session}>({
    // The door has a time limit of its own, which tests can turn.
    connectionInitWaitTimeout: 0,
    onConnect: async ({connectionParams, extra: {session}}) => {
      const token = session.token ?? tokenIn(connectionParams)
      if (token === undefined) turnAway(session, 'Say who you are in connection_init: {"token": "pyt_…"}')
      return token !== undefined && mayTry(session) && (await admit(session, token)) !== undefined
    },
    onSubscribe: (talk, _id, payload) => begin(service, talk, payload),
    onNext: (...[, , , , result]) => service.format(result, requestId()) as typeof result,
    onError: (_talk, _id, _payload, errors) => service.format({errors}, requestId()).errors ?? [],
  })

  return (socket, options) => {
    const session = openSession(socket, options)
    const closed = server.opened(
      {
        protocol: socket.protocol,
        send: (text) => new Promise((resolve) => session.outlet.send(text, resolve)),
        close: (code, reason) => socket.close(code, reason),
        onMessage: (take) =>
          socket.on('message', (data: Buffer) => {
            if (!isOpen(session) || !mayTalk(session)) return
            take(data.toString('utf8')).catch((error: unknown) => {
              runtime.log.debug({error: messageOf(error)}, 'a message on /graphql failed')
              socket.close(INVALID_MESSAGE, 'Invalid message received')
            })
          }),
      },
      {session},
    )
    socket.on('close', (code, reason) => void closed(code, reason.toString()))
    mayTry(session)
    return {beat: () => beat(session), close: (reason, words) => closeSession(session, reason, words)}
  }
}

/** `{"token": "…"}`, or `{"Authorization": "Bearer …"}` as many clients have it. */
function tokenIn(params: Readonly<Record<string, unknown>> | undefined): string | undefined {
  const {token, Authorization, authorization = Authorization} = params ?? {}
  if (typeof token === 'string') return token
  const [scheme, given] = typeof authorization === 'string' ? authorization.split(' ') : []
  return scheme?.toLowerCase() === 'bearer' ? given : undefined
}

/** Reads a query as `POST /graphql` would, for who the client is now. */
async function begin(
  service: GraphqlService,
  {extra: {session}, subscriptions}: Talk,
  payload: object,
): Promise<ExecutionArgs | readonly GraphQLError[]> {
  const principal = await stillKnown(session)
  if (!principal) return refused('UNAUTHORIZED', 'The token was revoked or has expired.')
  if (Object.keys(subscriptions).length > MOST_AT_ONCE) {
    return refused('RATE_LIMITED', `At most ${MOST_AT_ONCE} queries and subscriptions go on at once on a connection.`)
  }
  try {
    const prepared = service.prepare(payload)
    if ('errors' in prepared) return prepared.errors
    const most = session.runtime.config.rateLimitBurst
    const allowance = session.buckets?.take(principal.name, Math.min(prepared.requests, most))
    if (allowance && !allowance.allowed) return refused('RATE_LIMITED', tooMany(allowance))
    const caller = {principal, tenant: session.tenant, origin: session.address}
    return {
      schema: service.schema,
      document: prepared.document,
      operationName: prepared.operationName,
      variableValues: prepared.variables,
      contextValue: service.context(caller, {follow: (wanted) => followEvents(session, principal, wanted)}),
    }
  } catch (error) {
    if (!(error instanceof PytakeError)) throw error
    return [new GraphQLError(error.message, {originalError: error})]
  }
}

const refused = (code: ErrorCode, message: string) => [
  new GraphQLError(message, {originalError: new PytakeError(code, message)}),
]

async function followEvents(
  session: Session,
  principal: Principal,
  {since, ...wanted}: Wanted,
): Promise<AsyncIterable<EventRecord>> {
  requirePermission(principal, 'events:read')
  const queue = createEventQueue(() => feed.leave(member))
  const {feed, member} = await follow(session, principal, {
    tenant: session.tenant,
    filter: parseInput(EventFilterInput, wanted),
    since: since as string | undefined,
    wantsMetrics: false,
    outlet: queue.outlet,
  })
  feed.join(member)
  return queue.events
}
