import {isOver} from './life.ts'
import type {CompiledFlow, Resumption} from './node.ts'
import type {Input, MessageScope, Session, World} from './session.ts'

export type StartInput = Extract<Input, {kind: 'start'}>

/** What the input means for a session, `expired`, or undefined when it means nothing. */
export function resumptionOf(world: World, session: Session, input: Input): Resumption | 'expired' | undefined {
  const {waiting} = session
  if (input.kind === 'start' || isOver(session.status) || !waiting) return undefined
  if (input.kind !== 'message' && input.number !== session.number) return undefined
  if (input.kind === 'timeout') {
    if (waiting.until !== null && world.now >= waiting.until) return {kind: 'timeout'}
    return world.now >= session.expiresAt ? 'expired' : undefined
  }
  const meant = {message: 'message', result: 'call', returned: 'transfer'} as const
  if (waiting.for !== meant[input.kind]) return undefined
  if (world.now >= session.expiresAt) return 'expired'
  if (input.kind === 'message') return {kind: 'message', message: input.message}
  return input.kind === 'result' ? {kind: 'result', result: input.result} : {kind: 'returned', outcome: input.outcome}
}

/** A session that stands at the start of a flow. */
export function newSession(world: World, {message, vars}: StartInput, flow: CompiledFlow): Session {
  return {
    id: world.id,
    flow: flow.key,
    release: flow.release,
    node: flow.start,
    status: 'active',
    vars: {...flow.vars, ...vars},
    number: 0,
    stack: [],
    visits: {},
    response: message?.text ?? '',
    outcome: '',
    message: message ? scopeOf(message) : {id: '', kind: '', text: '', option: null, at: world.now},
    options: [],
    startedAt: world.now,
    expiresAt: world.now + flow.expires,
  }
}

function scopeOf({id, kind, text, option, media, location, at}: MessageScope): MessageScope {
  return {id, kind, text, option, media, location, at}
}
