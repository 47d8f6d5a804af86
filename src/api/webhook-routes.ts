import type {FastifyInstance, FastifyReply, FastifyRequest} from 'fastify'
import type {Receiver} from '../webhooks/receive.ts'

const META_BYTES = 4 * 1024 * 1024
/** Evolution puts media into the body when it is told to. */
const CONFIG_BYTES = 32 * 1024 * 1024

export const PATH = '/api/v1/whatsapp/webhook'

/** The addresses that providers call. What arrives is answered with 200 only when it is on disk. */
export function webhookRoutes(receiver: Receiver): (scope: FastifyInstance) => void {
  const take = async (request: FastifyRequest, configId?: string) => {
    const rawBody = Buffer.isBuffer(request.body) ? request.body : Buffer.alloc(0)
    return receiver.receive({headers: request.headers, rawBody}, configId)
  }
  return (scope) => {
    const handshake = async (request: FastifyRequest, reply: FastifyReply) => {
      const query = request.query as Record<string, string | undefined>
      const challenge = await receiver.handshake({
        mode: query['hub.mode'],
        token: query['hub.verify_token'],
        challenge: query['hub.challenge'],
      })
      void reply.type('text/plain; charset=utf-8')
      return challenge === undefined ? reply.code(403).send('The verify token does not match.') : reply.send(challenge)
    }
    scope.get(PATH, handshake)
    scope.get(`${PATH}/:config`, handshake)
    scope.post(PATH, {bodyLimit: META_BYTES}, async (request) => take(request))
    scope.post<{Params: {config: string}}>(`${PATH}/:config`, {bodyLimit: CONFIG_BYTES}, async (request) =>
      take(request, request.params.config),
    )
    scope.post<{Params: {config: string}}>(`${PATH}/:config/:event`, {bodyLimit: CONFIG_BYTES}, async (request) =>
      take(request, request.params.config),
    )
  }
}
