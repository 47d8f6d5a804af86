import {PATH} from './webhook-routes.ts'

type Json = Record<string, unknown>

const refusals: Readonly<Record<number, string>> = {
  400: 'No JSON object, or nested too deep.',
  401: 'The signature, or the secret, is not that of the number.',
  404: 'There is no such number.',
  413: 'Larger than 4 MB, or 32 MB for Evolution.',
  415: 'Not application/json.',
  503: 'Trouble of our own, or no secret is set; the provider tries again.',
}

const refused = (...statuses: number[]): Json =>
  Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: refusals[status],
        content: {'application/json': {schema: {$ref: '#/components/schemas/Error'}}},
      },
    ]),
  )

const text = {'text/plain': {schema: {type: 'string'}}}
const parameter = (name: string, where: 'path' | 'query' | 'header', description?: string): Json => ({
  ...{name, in: where, description, schema: {type: 'string'}},
  ...(where === 'path' ? {required: true} : {}),
})
const config = parameter('config_id', 'path', 'Id of the WhatsApp config.')

const handshake = (id: string, inPath: Json[]): Json => ({
  operationId: id,
  summary: "Answer Meta's handshake: the challenge, when the verify token is that of an active number.",
  tags: ['webhook'],
  security: [],
  parameters: [...inPath, ...['hub.mode', 'hub.verify_token', 'hub.challenge'].map((name) => parameter(name, 'query'))],
  responses: {
    200: {description: 'The challenge.', content: text},
    403: {description: 'The verify token does not match.', content: text},
    ...refused(503),
  },
})

const receive = (id: string, summary: string, parameters: Json[]): Json => ({
  operationId: id,
  summary,
  tags: ['webhook'],
  security: [],
  parameters,
  requestBody: {required: true, content: {'application/json': {schema: {type: 'object'}}}},
  responses: {
    200: {description: 'It is on disk.', content: {'application/json': {schema: {type: 'object'}}}},
    ...refused(400, 401, 404, 413, 415, 503),
  },
})

const signature = parameter('X-Hub-Signature-256', 'header', 'sha256= and the HMAC of the body with the app secret.')
const secret = parameter('X-Webhook-Secret', 'header', 'The webhook secret of an Evolution number.')

/** What providers call. No operations: the bytes are kept as they came, and a signature is the token. */
export const webhookPaths: Json = {
  [PATH]: {
    get: handshake('webhook.verify', []),
    post: receive('webhook.receive', 'Take what Meta tells, of every number.', [signature]),
  },
  [`${PATH}/{config_id}`]: {
    get: handshake('webhook.verify_number', [config]),
    post: receive('webhook.receive_number', 'Take what a provider tells of one number.', [config, signature, secret]),
  },
  [`${PATH}/{config_id}/{event}`]: {
    post: receive('webhook.receive_event', 'The same, for an Evolution server with an address for each event.', [
      ...[config, parameter('event', 'path'), secret],
    ]),
  },
}
