import {z} from 'zod'
import {errorCodes, PytakeError} from '../base/errors.ts'
import {isRecord} from '../base/json.ts'
import type {ServedOperation} from '../operations/operation.ts'

type Json = Record<string, unknown>

/** Statuses that a caller of any operation can meet. */
const anywhere = [400, 413, 415, 422, 429, 500, 503]

const description = `Everything the platform can do, one operation each; the command line makes the same calls.
Lists take page, limit, sort, order or a cursor (after). POST, PUT and DELETE take Idempotency-Key, kept 24 hours.
A token of the platform names the tenant in X-PyTake-Tenant, percent-encoded.
POST /graphql answers GraphQL over the same operations; its subscriptions, and WS /ws, follow the event log.

Differences from the specification's tables: contacts.phone and conversations.contact_phone may be null; messages.status also has
received, queued, claimed, sending, unknown, expired and cancelled; flows.version is the number of the live release.`

/** The document of these operations: OpenAPI 3.1, made from their schemas, beside what else is served. */
export function openApiOf(operations: readonly ServedOperation[], others: Json = {}): Json {
  const paths: Record<string, Json> = {}
  const shared: Json = {}
  for (const operation of operations) {
    const path = `/api/v1${operation.path}`
    paths[path] = {...paths[path], [operation.method.toLowerCase()]: describe(operation, shared)}
  }
  return {
    openapi: '3.1.0',
    info: {title: 'PyTake', version: '1', description, license: {name: 'MIT', identifier: 'MIT'}},
    servers: [{url: '/'}],
    security: [{token: []}],
    paths: {...paths, ...others},
    components: {
      securitySchemes: {
        token: {type: 'http', scheme: 'bearer', description: 'An API token (pyt_…) or the JWT of a user.'},
      },
      schemas: {Error: errorSchema, ...shared},
    },
  }
}

/** `shared` gets what schemas refer to. */
function describe(operation: ServedOperation, shared: Json): Json {
  const {id, summary, method, permission, input} = operation
  const schema = schemaOf(input, {io: 'input', name: `${id}.input`, shared})
  const named = new Set([...operation.path.matchAll(/\{(\w+)\}/g)].map(([, name = '']) => name))
  const inQuery = method === 'GET' || method === 'DELETE'
  const isOpen = permission === 'nobody'
  return {
    operationId: id,
    summary,
    tags: [id.split('.')[0]],
    ...(isOpen ? {security: []} : {}),
    ...(isOpen || permission === 'somebody' ? {} : {'x-permission': permission}),
    parameters: [...parametersOf(schema, named, inQuery), ...headersOf(operation)],
    ...(inQuery ? {} : {requestBody: bodyOf(schema, named)}),
    responses: {...answerOf(operation, shared), ...refusalsOf(operation)},
  }
}

function parametersOf({properties, required}: Json, named: ReadonlySet<string>, inQuery: boolean): Json[] {
  const needed = Array.isArray(required) ? required : []
  return Object.entries(isRecord(properties) ? properties : {}).flatMap(([name, schema]) => {
    if (named.has(name)) return [{name, in: 'path', required: true, schema}]
    return inQuery ? [{name, in: 'query', required: needed.includes(name), schema}] : []
  })
}

function headersOf({scope, method, permission}: ServedOperation): Json[] {
  const text = (name: string, words: string) => ({name, in: 'header', description: words, schema: {type: 'string'}})
  return [
    ...(scope === 'tenant' ? [text('X-PyTake-Tenant', 'Id, domain or name; for tokens of the platform.')] : []),
    ...(method === 'GET' || permission === 'nobody' ? [] : [text('Idempotency-Key', 'The same key, the same answer.')]),
    ...(method === 'GET'
      ? [text('If-None-Match', 'ETag of the state that the caller has: 304 when it still holds.')]
      : []),
    ...(method === 'PUT' || method === 'DELETE'
      ? [text('If-Match', 'ETag of the state that the change is meant for.')]
      : []),
  ]
}

/** What the path does not name. */
function bodyOf(schema: Json, named: ReadonlySet<string>): Json {
  const properties = isRecord(schema.properties) ? schema.properties : {}
  const required = Array.isArray(schema.required) ? schema.required.filter((name) => !named.has(String(name))) : []
  const body = {
    ...schema,
    properties: Object.fromEntries(Object.entries(properties).filter(([name]) => !named.has(name))),
    required,
  }
  return {required: required.length > 0, content: {'application/json': {schema: body}}}
}

function answerOf({id, method, status, summary, output, raw}: ServedOperation, shared: Json): Json {
  if (status === 204) return {204: {description: 'Done.'}}
  const unchanged = method === 'GET' && !raw ? {304: {description: 'The state is that of If-None-Match.'}} : {}
  const content = raw
    ? {'*/*': {schema: {type: 'string', format: 'binary'}}}
    : {'application/json': {schema: schemaOf(output, {io: 'output', name: `${id}.output`, shared})}}
  return {[status]: {description: summary, content}, ...unchanged}
}

function refusalsOf({method}: ServedOperation): Json {
  // The tenant that is named may be one that is not there, and so may what a list is to be of.
  const statuses = new Set([...anywhere, 401, 403, 404])
  // What an edit rests on, by its If-Match or by a plan, may be something else by now.
  if (method !== 'GET') statuses.add(409).add(412)
  const refusal = (status: number) => ({
    description: codesOf(status).join(' or '),
    content: {'application/json': {schema: {$ref: '#/components/schemas/Error'}}},
  })
  return Object.fromEntries([...statuses].sort().map((status) => [status, refusal(status)]))
}

const codesOf = (status: number) => errorCodes.filter((code) => new PytakeError(code, '').status === status)

interface Told {
  io: 'input' | 'output'
  name: string
  shared: Json
}

/**
 * What has no place in JSON Schema (a check in code, a transformation) is left open there. What a schema refers to goes to
 * `shared`, under names that begin with its own: `#` is the whole document here.
 */
function schemaOf(schema: z.ZodType, {io, name, shared}: Told): Json {
  const made = z.toJSONSchema(schema, {io, unrepresentable: 'any', target: 'draft-2020-12'}) as Json
  const text = JSON.stringify(made).replaceAll('"#/$defs/', `"#/components/schemas/${name}.`)
  const {$defs: parts, ...whole} = JSON.parse(text) as Json
  for (const [key, part] of Object.entries(isRecord(parts) ? parts : {})) shared[`${name}.${key}`] = part
  return Object.fromEntries(Object.entries(whole).filter(([key]) => key !== '$schema' && key !== '~standard'))
}

const errorSchema = {
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message', 'details', 'request_id'],
      properties: {
        code: {type: 'string', enum: errorCodes},
        message: {type: 'string'},
        details: {
          type: 'array',
          items: {type: 'object', properties: {field: {type: 'string'}, message: {type: 'string'}}},
        },
        help: {type: 'string', description: 'The next step.'},
        request_id: {type: 'string'},
      },
    },
  },
  examples: [
    {
      error: {
        code: 'VALIDATION_ERROR',
        message: 'email: invalid email address',
        details: [{field: 'email', message: 'invalid email address'}],
        request_id: 'req_01a20e8c-e784-7084-89d9-bb6528382725',
      },
    },
  ],
}
