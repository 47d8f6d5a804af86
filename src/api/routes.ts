import type {FastifyInstance, FastifyReply, FastifyRequest} from 'fastify'
import {invalid, PytakeError} from '../base/errors.ts'
import {isRecord} from '../base/json.ts'
import {type Caller, invoke} from '../operations/invoke.ts'
import type {StoredFile} from '../operations/media-row.ts'
import type {ServedOperation} from '../operations/operation.ts'
import type {Runtime} from '../runtime/runtime.ts'
import {refuseStale, sendTagged} from './etag.ts'

/** Which tenant is meant, when the token is the platform's. Percent-encoded, because it may be a name. */
export const TENANT_HEADER = 'x-pytake-tenant'

interface Mounted {
  operation: ServedOperation
  /** The GET of the same address: what an edit edits. */
  shown?: ServedOperation
  /** What is made here is shown at this address and its id. */
  isShownById: boolean
}

/** Mounts one operation where its definition says. */
export function mount(app: FastifyInstance, runtime: Runtime, {operation, shown, isShownById}: Mounted): void {
  app.route({
    method: operation.method,
    url: operation.path.replace(/\{(\w+)\}/g, ':$1'),
    config: {isOpen: operation.permission === 'nobody'},
    ...(operation.bodyLimit ? {bodyLimit: operation.bodyLimit(runtime.config)} : {}),
    async handler(request, reply) {
      const caller = callerOf(request)
      caller.takesText = operation.method === 'GET'
      const ifMatch =
        operation.method === 'PUT' || operation.method === 'DELETE' ? header(request, 'if-match') : undefined
      if (ifMatch !== undefined && shown) {
        const check = (state: unknown) => refuseStale(ifMatch, state, shown.moving)
        caller.precondition = {shown, input: request.params, check}
      }
      const answer = await invoke(runtime, operation, inputOf(request), caller)
      void reply.code(operation.status)
      if (operation.status === 201 && isShownById) tellPlace(request, reply, answer)
      if (operation.raw) return sendFile(reply, answer as StoredFile)
      if (operation.status === 204) return reply.send()
      const isState = operation.method === 'GET' || (operation.method === 'PUT' && operation.output === shown?.output)
      return isState ? sendTagged(request, reply, {value: answer, moving: shown?.moving}) : answer
    },
  })
}

function tellPlace(request: FastifyRequest, reply: FastifyReply, made: unknown): void {
  if (isRecord(made) && typeof made.id === 'string')
    void reply.header('location', `${request.routeOptions.url}/${made.id}`)
}

/** Who calls, for whom, from where. */
export function callerOf(request: FastifyRequest): Caller {
  const {principal} = request
  if (!principal) throw new PytakeError('UNAUTHORIZED', 'A token is needed.')
  return {
    principal,
    tenant: tenantOf(request),
    idempotencyKey: header(request, 'idempotency-key'),
    origin: request.ip,
  }
}

/** As a download: what customers sent is never shown as a page of ours. */
function sendFile(reply: FastifyReply, {data, mime_type: type, filename}: StoredFile) {
  const name = encodeURIComponent(filename ?? 'media')
  return reply
    .type(type)
    .header('content-disposition', `attachment; filename*=UTF-8''${name}`)
    .send(Buffer.from(data, 'base64'))
}

/** An address cannot be talked out of what it names: who names it again meant something else. */
function inputOf(request: FastifyRequest): Record<string, unknown> {
  const inQuery = request.method === 'GET' || request.method === 'DELETE'
  const given = inQuery ? request.query : (request.body ?? {})
  if (!isRecord(given)) throw new PytakeError('BAD_REQUEST', 'The body is not a JSON object.')
  const named = request.params as Record<string, string>
  const twice = Object.keys(named).find((name) => Object.hasOwn(given, name))
  if (twice !== undefined) throw invalid(twice, 'is named in the address, and nowhere else')
  return {...given, ...named}
}

function tenantOf(request: FastifyRequest): string | undefined {
  const given = header(request, TENANT_HEADER)
  try {
    return given === undefined ? undefined : decodeURIComponent(given)
  } catch {
    throw new PytakeError('BAD_REQUEST', `The header ${TENANT_HEADER} is not percent-encoded text.`)
  }
}

function header(request: FastifyRequest, name: string): string | undefined {
  const value = request.headers[name]
  return Array.isArray(value) ? value[0] : value
}
