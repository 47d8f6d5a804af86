import type {Names} from '../base/names.ts'
import type {MessageScope, Session, Vars, World} from './session.ts'

const outside = {
  contact: {
    id: 'value',
    name: 'value',
    phone: 'value',
    email: 'value',
    tags: 'value',
    attributes: 'open',
    opted_in: 'value',
  },
  conversation: {id: 'value', status: 'value', assigned_to: 'value', tags: 'value'},
  campaign: 'open',
  business: {open: 'value'},
  now: 'time',
} as const satisfies Names

/** What a segment or an audience may read: no session exists there. */
export const audienceNames: Names = {contact: outside.contact, now: 'time'}

/** What `save` of a call reads: the answer. */
export const answerNames: Names = {status: 'value', headers: 'open', body: 'value', now: 'time'}

/** Everything a flow may name in expressions and templates, given the variables it declares. */
export function flowNames(vars: Iterable<string>): Names {
  return {
    response: 'text',
    outcome: 'text',
    message: {
      id: 'value',
      kind: 'value',
      text: 'value',
      option: 'value',
      media: {mime_type: 'value', filename: 'value', sha256: 'value'},
      location: {latitude: 'value', longitude: 'value', name: 'value', address: 'value'},
      at: 'time',
    },
    vars: Object.fromEntries([...vars].map((name) => [name, 'value'] as const)),
    flow: {key: 'value', name: 'value', release: 'value'},
    ...outside,
  }
}

/** The values behind the names. One object per turn; the engine rewrites its fields as the turn goes on. */
export interface TurnScope {
  [name: string]: unknown
  response: string
  outcome: string
  message: MessageScope
  vars: Vars
  flow: {key: string; name: string; release: string}
  contact: World['contact']
  conversation: World['conversation']
  campaign: World['campaign']
  business: World['business']
  now: number
}

export function openScope(world: World, session: Session, flow: TurnScope['flow']): TurnScope {
  return {
    response: session.response,
    outcome: session.outcome,
    message: session.message,
    vars: session.vars,
    flow,
    contact: world.contact,
    conversation: world.conversation,
    campaign: world.campaign,
    business: world.business,
    now: world.now,
  }
}
