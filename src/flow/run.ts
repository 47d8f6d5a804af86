import type {Expression} from '../base/expression.ts'
import {optionsOf, type Content, type Template} from '../base/message.ts'
import type {Text} from '../base/text.ts'
import {changed} from './contact-change.ts'
import type {Run} from './node.ts'
import type {ContactChange, FlowEventType, IncomingMessage, Json, Session} from './session.ts'

export const MOST_STEPS = 100
export const MOST_MESSAGES = 20
export const MOST_VARIABLE_BYTES = 65_536
/** A window that closes within this time counts as closed: the message still has to travel. */
export const WINDOW_MARGIN = 5 * 60_000

/** A limit of the engine was passed; ends the session with this reason. */
export class LimitError extends Error {
  override readonly name = 'LimitError'
}

/** Adds an event that says where it happened. */
export function emit(run: Run, type: FlowEventType, data: Record<string, Json> = {}) {
  const {session} = run
  const place = {session: session.id, flow: session.flow, release: session.release, node: session.node}
  run.effects.push({kind: 'event', type, data: {...place, ...data}})
}

/** Fills in a text. Throws a `TextError` when a limit is passed. */
export const render = (run: Run, text: Text) => text.literal ?? text.render(run.scope, run.moment)

/** Runs an expression. Throws an `ExpressionError` when the values do not fit it. */
export const evaluate = (run: Run, expression: Expression) => expression.evaluate(run.scope, run.moment)

/** Sets a variable; the old object stays as it was. Throws a `LimitError` when all variables together get too large. */
export function setVariable(run: Run, name: string, value: Json) {
  replaceVariables(run, {...run.session.vars, [name]: value})
}

/** Replaces all variables at once. */
export function replaceVariables(run: Run, vars: Session['vars']) {
  if (Buffer.byteLength(JSON.stringify(vars)) > MOST_VARIABLE_BYTES)
    throw new LimitError(`The variables are larger than ${MOST_VARIABLE_BYTES} bytes.`)
  run.session.vars = run.scope.vars = vars
}

/** What customers typed or tapped, as `response` and `message`. */
export function setResponse(run: Run, response: string, message: IncomingMessage, option: string | null) {
  const {id, kind, text, media, location, at} = message
  run.session.response = run.scope.response = response
  run.session.message = run.scope.message = {id, kind, text, option, media, location, at}
}

export function setOutcome(run: Run, outcome: string) {
  run.session.outcome = run.scope.outcome = outcome
}

/** Changes the contact, for the world and for the rest of this turn. */
export function changeContact(run: Run, set: ContactChange) {
  run.effects.push({kind: 'contact', node: run.node.id, set})
  run.scope.contact = {...run.scope.contact, ...changed(run.scope.contact, set)}
}

/** Sends, if it may: gives the outcome of a message step. The sender's gate decides again, and last. */
export function send(run: Run, content: Content, fallback?: Template): 'ok' | 'window_closed' | 'opted_out' {
  const {world, session} = run
  const purpose = session.message.id === '' ? 'marketing' : 'reply'
  if (purpose === 'marketing' && !run.scope.contact.opted_in) return 'opted_out'
  const open = world.windowUntil === null || world.now < world.windowUntil - WINDOW_MARGIN
  if (!open && content.kind !== 'template' && !fallback) return 'window_closed'
  if (++run.messages > MOST_MESSAGES) throw new LimitError(`More than ${MOST_MESSAGES} messages in one turn.`)
  const sent = open || content.kind === 'template' ? content : (fallback ?? content)
  run.effects.push({
    kind: 'send',
    node: run.node.id,
    content: sent,
    fallback: sent === content ? fallback : undefined,
    purpose,
  })
  session.options = optionsOf(sent).map(({id, title}) => ({id, title}))
  return 'ok'
}
