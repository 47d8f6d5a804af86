import {isOver} from '../life.ts'
import {incoming} from '../incoming.ts'
import {decide, type Route, routeOf} from '../route.ts'
import type {CallResult, IncomingMessage} from '../session.ts'
import {advance} from './advance.ts'
import {Scene} from './scene.ts'
import {type Happening, type Simulated, type SimulatedInput, SimulationError, type Surroundings} from './state.ts'

export interface Stepped {
  state: Simulated
  happened: readonly Happening[]
}

export interface Simulator {
  /** What an input leads to, up to where everybody waits again. Throws a `SimulationError` for one that is impossible. */
  step(state: Simulated, input: SimulatedInput): Stepped
}

/**
 * A conversation without a server: the engine, the routing, the window, opt-outs and everything that waits, as the
 * daemon runs them, on a clock that moves when it is told to. Pure but for what `surroundings.answer` does.
 *
 * ```ts
 * const simulator = createSimulator({flows: [compiled]})
 * const {state, happened} = simulator.step(begin({now}), {do: 'say', text: 'oi'})
 * ```
 */
export function createSimulator(surroundings: Surroundings): Simulator {
  const routes = surroundings.flows.map(({definition}) => routeOf(definition))
  return {
    step(state, input) {
      const scene = new Scene(surroundings, routes, state)
      carryOut(scene, input)
      return {state: scene.state, happened: scene.happened}
    },
  }
}

function carryOut(scene: Scene, input: SimulatedInput): void {
  switch (input.do) {
    case 'say':
      return receive(scene, {kind: 'text', text: input.text}, 'text', input.text)
    case 'tap':
      return tap(scene, input.title)
    case 'send':
      return receive(scene, input.content, input.content.kind, textOf(input.content))
    case 'advance':
      return advance(scene, input.ms)
    case 'hand-back':
      return handBack(scene, input.outcome)
    case 'answer':
      return answer(scene, input.result)
  }
}

function textOf(content: Extract<SimulatedInput, {do: 'send'}>['content']): string {
  if (content.kind !== 'location') return content.caption ?? content.media.filename ?? ''
  return [content.name, content.address, `${content.latitude},${content.longitude}`].filter(Boolean).join(' · ')
}

function tap(scene: Scene, title: string): void {
  const option = scene.state.offered.findLast((one) => one.title === title)
  if (!option) throw new SimulationError(`"${title}" was not offered.`)
  receive(scene, {kind: 'option', id: option.id, title}, 'interactive', title)
}

function receive(scene: Scene, content: IncomingMessage['content'], kind: string, text: string): void {
  const option = content.kind === 'option' ? {id: content.id} : undefined
  const message = incoming(scene.nextId('message'), {kind, text, at: scene.state.now, content, option})
  scene.heard(message)
  const {contact, session, now} = scene.state
  const {settings = {}, number = []} = scene.surroundings
  const route = decide(scene.routes, message, {
    number,
    holder: scene.conversation.holder,
    session,
    optedIn: contact.opted_in,
    now,
    recent: scene.conversation.recent,
    optOutWords: settings.opt_out_words,
    optInWords: settings.opt_in_words,
  })
  give(scene, route, message)
}

function give(scene: Scene, route: Route | {kind: 'loop'}, message: IncomingMessage): void {
  switch (route.kind) {
    case 'opt_out':
    case 'opt_in':
      return scene.consent(route.kind === 'opt_in')
    case 'stored':
      return
    case 'unanswered':
      if (startsByItself(scene)) scene.start(scene.first.key, message)
      else scene.tell('unanswered', {message_id: message.id})
      return
    case 'start':
      return scene.start(route.flow, message)
    case 'answer':
      return scene.resume({kind: 'message', message})
    case 'loop':
      scene.stop('abandoned', 'bot_loop')
      scene.tell('bot_loop', {})
  }
}

/** A flow that other flows jump to has no trigger; here it begins as if one just had. */
const startsByItself = ({first, state}: Scene): boolean =>
  state.session === null && first.definition.trigger.type === 'none'

function handBack(scene: Scene, outcome: 'returned' | 'closed'): void {
  const {conversation, session} = scene.state
  if (!conversation || conversation.holder === 'bot')
    throw new SimulationError('Nobody took the conversation over from the bot.')
  scene.hold('bot', outcome === 'closed' ? 'resolved' : 'active')
  if (session?.status === 'transferred') scene.resume({kind: 'returned', number: session.number, outcome})
  else if (session && !isOver(session.status) && outcome === 'closed') scene.stop('abandoned', 'resolved')
}

function answer(scene: Scene, result: CallResult): void {
  const {pending} = scene.state
  if (!pending) throw new SimulationError('No call is waiting for an answer.')
  scene.answered(pending, result)
}
