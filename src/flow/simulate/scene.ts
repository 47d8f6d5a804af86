import type {EventType} from '../../base/events.ts'
import {optionsOf, readableText, type Content} from '../../base/message.ts'
import {aftermath} from '../aftermath.ts'
import {businessOpen} from '../business.ts'
import {attemptsOf, isRepeated} from '../call-answer.ts'
import type {CompiledFlow} from '../compile.ts'
import {consentText} from '../consent.ts'
import {changed} from '../contact-change.ts'
import {endSession, runTurn} from '../engine.ts'
import {isOver} from '../life.ts'
import {withText} from '../recent.ts'
import type {RouteFlow} from '../route.ts'
import type {CallResult, Effect, IncomingMessage, Input, Json, SessionStatus, Turn, World} from '../session.ts'
import {timeUp} from '../time-up.ts'
import {
  DEFAULT_TIME_ZONE,
  SimulationError,
  WINDOW_MS,
  type Call,
  type Happening,
  type Simulated,
  type SimulatedConversation,
  type Surroundings,
} from './state.ts'

const MOST_CALLS = 100

/** The flow a node said something in: a turn may go through several, and what it does is told right after. */
function flowOf(node: string, rest: readonly Effect[]): string {
  const told = rest.find((effect) => effect.kind === 'event' && effect.data.node === node)
  return told?.kind === 'event' && typeof told.data.flow === 'string' ? told.data.flow : ''
}

const isOpen = ({status}: SimulatedConversation) => status === 'active' || status === 'waiting'

/** One step in the making: a copy of the state, and what has happened in it so far. */
export class Scene {
  readonly happened: Happening[] = []
  readonly surroundings: Surroundings
  readonly routes: readonly RouteFlow[]
  state: Simulated
  #calls = 0

  constructor(surroundings: Surroundings, routes: readonly RouteFlow[], state: Simulated) {
    this.surroundings = surroundings
    this.routes = routes
    this.state = {...state}
  }

  /** The flow the conversation is about. */
  get first(): CompiledFlow {
    const [flow] = this.surroundings.flows
    if (!flow) throw new SimulationError('A simulation needs a flow.')
    return flow
  }

  get timeZone(): string {
    return this.surroundings.settings?.timezone ?? DEFAULT_TIME_ZONE
  }

  nextId(kind: string): string {
    return `${kind}-${++this.state.ids}`
  }

  tell(type: EventType, data: Record<string, Json>): void {
    this.happened.push({kind: 'event', at: this.state.now, type, data})
  }

  hold(holder: 'bot' | 'person', status: SimulatedConversation['status']): void {
    this.state.conversation = {...this.conversation, holder, status}
    this.tell('conversation_updated', {status, holder})
  }

  /** A message of the customer arrives. */
  heard(message: IncomingMessage): void {
    const {now} = this.state
    this.happened.push({kind: 'in', at: now, message})
    this.open()
    this.remember('inbound', message.text)
    this.state.lastInboundAt = now
    this.tell('message_received', {message_id: message.id, kind: message.kind, text: message.text})
  }

  get conversation(): SimulatedConversation {
    if (!this.state.conversation) throw new SimulationError('Nobody has written yet.')
    return this.state.conversation
  }

  /** Opens a conversation when there is none, or the last one is closed. */
  open(): void {
    const {conversation} = this.state
    if (conversation && isOpen(conversation)) return
    const recent = conversation?.recent ?? []
    this.state.conversation = {id: this.nextId('conversation'), status: 'active', holder: 'bot', recent}
    this.tell('conversation_created', {status: 'active'})
  }

  start(key: string, message?: IncomingMessage): void {
    const flow = this.surroundings.flows.find((one) => one.key === key)
    if (!flow) return
    this.stop('replaced', 'replaced')
    const vars = flow === this.first ? this.surroundings.vars : undefined
    const turn = runTurn(this.world(), null, {kind: 'start', message, vars}, flow)
    this.settle('active', turn)
  }

  resume(input: Input): void {
    const {session} = this.state
    if (!session) return
    const turn = runTurn(this.world(), session, input)
    if (turn.session !== session) this.settle(session.status, turn)
  }

  /** A wait or the life of the session is over. */
  expire(): void {
    const {session} = this.state
    const turn = session && timeUp(this.world(), session)
    if (session && turn) this.settle(session.status, turn)
  }

  /** Ends a running session from outside. */
  stop(status: 'abandoned' | 'replaced', reason: string): void {
    const {session} = this.state
    if (session && !isOver(session.status))
      this.settle(session.status, endSession(this.world(), session, status, reason))
  }

  /** The customer's word about marketing messages: one confirmation, when it changes anything. */
  consent(granted: boolean): void {
    const {contact} = this.state
    if (contact.opted_in === granted) return
    this.state.contact = {...contact, opted_in: granted}
    this.tell(granted ? 'contact_opted_in' : 'contact_opted_out', {contact_id: contact.id, source: 'keyword'})
    const text = consentText(granted, {...this.surroundings.settings})
    this.happened.push({kind: 'out', at: this.state.now, content: {kind: 'text', text}})
    this.tell('message_queued', {kind: 'text', text})
  }

  /** The answer of a call reaches the session. */
  answered(call: Call, result: CallResult): void {
    this.state.pending = null
    this.happened.push({kind: 'call', at: this.state.now, call, result})
    this.resume({kind: 'result', number: call.number, result})
  }

  private settle(before: SessionStatus, {session, effects}: Turn): void {
    this.state.session = session
    this.state.pending = null
    for (const [index, effect] of effects.entries()) this.carryOut(effect, effects.slice(index))
    const {conversation} = this
    const then = aftermath(before, session, conversation.holder)
    if (then === 'returns') this.state.conversation = {...conversation, holder: 'bot', status: 'active'}
    else if (then !== 'stays' && isOpen(conversation)) this.hold('bot', then)
    for (const effect of effects) if (effect.kind === 'call') this.call(session.flow, effect)
  }

  private carryOut(effect: Effect, rest: readonly Effect[]): void {
    if (effect.kind === 'send') this.send(effect.content, effect.node, flowOf(effect.node, rest))
    else if (effect.kind === 'event') this.tell(effect.type, effect.data)
    else if (effect.kind === 'contact')
      this.state.contact = {...this.state.contact, ...changed(this.state.contact, effect.set)}
    else if (effect.kind === 'transfer') {
      const {queue = null, user = null, note = null} = effect
      this.state.conversation = {...this.conversation, holder: 'person', status: 'waiting'}
      this.tell('conversation_updated', {status: 'waiting', holder: 'person', queue, user, note})
    }
  }

  private send(content: Content, node: string, flow: string): void {
    this.happened.push({kind: 'out', at: this.state.now, content, flow, node})
    const from = content.kind === 'list' ? 'list' : 'buttons'
    const offered = optionsOf(content).map(({id, title}) => ({id, title, from}) as const)
    if (offered.length > 0) this.state.offered = [...this.state.offered, ...offered]
    this.remember('outbound', readableText(content))
    this.tell('message_queued', {kind: content.kind, text: readableText(content), flow, node})
  }

  /** Calls are answered at once, the repeats of one that may be repeated too. */
  private call(flow: string, {node, number, request}: Extract<Effect, {kind: 'call'}>): void {
    if (++this.#calls > MOST_CALLS)
      throw new SimulationError(`More than ${MOST_CALLS} calls without waiting for anyone.`)
    const call: Call = {flow, node, number, request}
    for (let attempt = 1; attempt <= attemptsOf(request); attempt++) {
      const result = this.surroundings.answer?.(call, attempt)
      if (!result) break
      if (!isRepeated(request, result, attempt)) return this.answered(call, result)
    }
    this.state.pending = call
  }

  private remember(direction: 'inbound' | 'outbound', text: string): void {
    const {now} = this.state
    const {conversation} = this
    this.state.conversation = {...conversation, recent: withText(conversation.recent, direction, text, now)}
  }

  private world(): World {
    const {now, contact, lastInboundAt} = this.state
    const {id, status} = this.conversation
    const {settings, flows, windowMs = WINDOW_MS} = this.surroundings
    const {timeZone} = this
    return {
      now,
      id: this.nextId('session'),
      timeZone,
      contact,
      conversation: {id, status, assigned_to: null, tags: []},
      business: {
        get open() {
          return businessOpen(settings?.business ?? {}, now, timeZone)
        },
      },
      campaign: null,
      windowUntil: windowMs === null ? null : (lastInboundAt ?? 0) + windowMs,
      live: (key) => flows.find((flow) => flow.key === key),
      release: (id) => flows.find((flow) => flow.release === id),
    }
  }
}
