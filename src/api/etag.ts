import {hash} from 'node:crypto'
import type {FastifyReply, FastifyRequest} from 'fastify'
import {PytakeError} from '../base/errors.ts'
import {isRecord} from '../base/json.ts'
import {jsonOf} from '../operations/json-rows.ts'

/** The state of what an answer shows: equal text, equal tag. */
export const etagOf = (text: string): string => `"${hash('sha256', text, 'base64url').slice(0, 22)}"`

/** Without the fields that move by themselves: who edits the rest is not late because of them. */
function stateOf(value: unknown, moving: readonly string[]): string {
  if (moving.length === 0 || !isRecord(value)) return jsonOf(value)
  return JSON.stringify(Object.fromEntries(Object.entries(value).filter(([name]) => !moving.includes(name))))
}

/** Sends JSON with its tag; what the caller has already is not sent again, unless something in it moves. */
export function sendTagged(
  request: FastifyRequest,
  reply: FastifyReply,
  {value, moving = []}: {value: unknown; moving?: readonly string[]},
): FastifyReply {
  const text = jsonOf(value)
  if (moving.length > 0) {
    void reply.header('etag', `W/${etagOf(stateOf(value, moving))}`)
    return reply.type('application/json; charset=utf-8').send(text)
  }
  const tag = etagOf(text)
  void reply.header('etag', tag)
  if (request.method === 'GET' && names(request.headers['if-none-match'], tag)) return reply.code(304).send()
  return reply.type('application/json; charset=utf-8').send(text)
}

/** For edits: throws `STALE` when the caller saw another state than the one there is. */
export function refuseStale(ifMatch: string, current: unknown, moving: readonly string[] = []): void {
  if (names(ifMatch, etagOf(stateOf(current, moving)))) return
  throw new PytakeError('STALE', 'It was changed since you read it: the ETag is another one now.', {
    help: 'Read it again, and send the change with the new ETag in If-Match.',
  })
}

/** Is the tag in the header's list? Weak ones mean the same state to us. */
function names(header: string | undefined, tag: string): boolean {
  if (header === undefined) return false
  const given = header.split(',').map((one) => one.trim().replace(/^W\//, ''))
  return given.includes('*') || given.includes(tag)
}
