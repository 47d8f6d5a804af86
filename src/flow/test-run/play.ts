import {messageOf} from '../../base/errors.ts'
import {PatternError} from '../../base/pattern.ts'
import {createSimulator, type Simulator} from '../simulate/simulator.ts'
import {begin, type Happening, type Simulated, SimulationError} from '../simulate/state.ts'
import type {Bound} from './check.ts'
import {describe, fits} from './compare.ts'
import type {Failure} from './failure.ts'
import {botLine, callLine, callText, inputLine, messageText, type Line} from './lines.ts'
import {createMocked, type Mocked} from './mocks.ts'
import {unmet} from './outcome.ts'
import type {Dialogue, Expectation, Mock, Position, Step} from './suite.ts'

export interface Played {
  dialogue: Dialogue
  /** The dialogue as far as it went as expected. */
  lines: Line[]
  happened: Happening[]
  used: ReadonlyMap<Mock, number>
  state: Simulated
  /** How often the customer, a person or time did something. */
  inputs: number
  failure?: Failure
}

type Said = Extract<Happening, {kind: 'out'}>

class Mismatch extends Error {
  readonly failure: Failure
  constructor(failure: Failure) {
    super(failure.message)
    this.failure = failure
  }
}

/** Plays one dialogue. Never throws for what an author can get wrong. */
export function play(bound: Bound, dialogue: Dialogue): Played {
  const stage = new Stage(bound, dialogue)
  try {
    for (const step of dialogue.steps) stage.act(step)
    stage.end()
  } catch (error) {
    stage.played.failure = failureOf(error, stage.at)
  }
  return stage.played
}

function failureOf(error: unknown, at: Position): Failure {
  if (error instanceof Mismatch) return error.failure
  if (error instanceof SimulationError || error instanceof PatternError) return {at, message: messageOf(error)}
  throw error
}

class Stage {
  readonly played: Played
  at: Position
  readonly #bound: Bound
  readonly #simulator: Simulator
  readonly #mocked: Mocked
  /** What was said and called and is not expected yet. */
  #waiting: Happening[] = []
  /** What happened since the last input: it may say why nothing was said. */
  #latest: readonly Happening[] = []

  constructor(bound: Bound, dialogue: Dialogue) {
    const {suite, compiled} = bound
    const {now, contact, vars, mocks} = dialogue
    this.#bound = bound
    this.at = dialogue.at
    this.#mocked = createMocked([...mocks, ...suite.mocks], suite.secrets)
    const trigger = compiled[0]?.definition.trigger
    const numbers = suite.number ?? (trigger && 'numbers' in trigger ? trigger.numbers?.[0] : undefined)
    this.#simulator = createSimulator({
      flows: compiled,
      settings: suite.settings,
      number: numbers === undefined ? [] : [numbers],
      vars,
      answer: (call) => this.#mocked.answer(call),
    })
    const state = begin({now, contact})
    this.played = {dialogue, lines: [], happened: [], used: this.#mocked.used, state, inputs: 0}
  }

  act(step: Step): void {
    if (step.kind === 'expect') {
      for (const expectation of step.expectations) this.#expect(expectation)
      return
    }
    this.#nothingLeft(step.at)
    this.at = step.at
    const {played} = this
    const {input, from} = step
    if (input.do === 'tap') this.#refuseTap(input.title, from ?? 'buttons')
    const {state, happened} = this.#simulator.step(played.state, input)
    played.state = state
    played.inputs++
    played.happened.push(...happened)
    played.lines.push(inputLine(input))
    this.#latest = happened
    this.#waiting.push(...happened.filter((one) => one.kind === 'out' || one.kind === 'call'))
    if (state.pending) this.#unanswered(state.pending)
  }

  end(): void {
    const {dialogue, state, happened} = this.played
    this.#nothingLeft(this.at)
    const failure = unmet(dialogue.then, {state, happened, secrets: this.#bound.suite.secrets})
    if (failure) throw new Mismatch({...failure, place: this.#place()})
  }

  #refuseTap(title: string, from: 'buttons' | 'list'): void {
    const {offered} = this.played.state
    const option = offered.findLast((one) => one.title === title)
    if (option?.from === from) return
    const [verb, what] = from === 'list' ? ['pick', 'no row of a list'] : ['tap', 'no button']
    const titles = [...new Set(offered.map((one) => one.title))].map((one) => `[${one}]`).join(' ')
    const other = from === 'list' ? 'It is a button: tap it.' : 'It is a row of a list: pick it.'
    throw new Mismatch({
      at: this.at,
      message: `${verb}: "${title}" is ${what} that was offered.`,
      hint: option ? other : titles === '' ? 'Nothing was offered yet.' : `Offered: ${titles}`,
      place: this.#place(),
    })
  }

  #unanswered({flow, node, request}: NonNullable<Simulated['pending']>): void {
    const times = this.#mocked.meantFor({node, request})?.times
    const hint =
      times === undefined
        ? `Add one: {call: ${request.kind}, match: {node: ${node}}, answer: …}`
        : `One that is meant for it has answered its ${times === 1 ? 'one time' : `${times} times`}; a call that fails is tried again.`
    throw new Mismatch({at: this.at, message: `No mock answers ${callText(request)}.`, hint, place: {flow, node}})
  }

  #expect(expectation: Expectation): void {
    this.at = expectation.at
    const said = this.#next()
    if (expectation.none) {
      if (said) this.#differs(expectation, said)
      return
    }
    if (!said || !fits(expectation, said.content)) this.#differs(expectation, said)
    this.played.lines.push(botLine(said.content))
    this.#waiting.shift()
  }

  #differs(expectation: Expectation, said: Said | undefined): never {
    const expected = expectation.none ? 'nothing' : `bot: ${describe(expectation)}`
    const got = said ? `bot: ${JSON.stringify(messageText(said.content))}` : 'nothing'
    const place =
      said?.flow !== undefined && said.node !== undefined ? {flow: said.flow, node: said.node} : this.#place()
    const hint = said ? undefined : this.#whyNothing()
    throw new Mismatch({at: expectation.at, message: `expected ${expected}, got ${got}`, expected, got, hint, place})
  }

  /** The next message that nobody has expected yet; the calls before it are told. */
  #next(): Said | undefined {
    for (let first = this.#waiting[0]; first?.kind === 'call'; first = this.#waiting[0]) {
      this.played.lines.push(callLine(first))
      this.#waiting.shift()
    }
    const [first] = this.#waiting
    return first?.kind === 'out' ? first : undefined
  }

  #nothingLeft(at: Position): void {
    const said = this.#next()
    if (!said) return
    const place = said.flow !== undefined && said.node !== undefined ? {flow: said.flow, node: said.node} : undefined
    const got = `bot: ${JSON.stringify(messageText(said.content))}`
    const hint = 'What the bot says between two inputs is expected completely.'
    throw new Mismatch({at, message: `the bot said more than was expected`, expected: 'nothing more', got, hint, place})
  }

  #place(): Failure['place'] {
    const {session} = this.played.state
    return session?.node ? {flow: session.flow, node: session.node} : undefined
  }

  #whyNothing(): string | undefined {
    const types = new Map(this.#latest.flatMap((one) => (one.kind === 'event' ? [[one.type, one.data] as const] : [])))
    const error = types.get('expression_error')?.error
    const failed = types.get('flow_failed')?.reason
    if (types.has('unanswered')) return `No flow starts with this message. ${this.#triggers()}`
    if (types.has('bot_loop')) return 'The same text five times in a minute both ways counts as two bots talking.'
    if (typeof error === 'string') return `An expression or a text failed: ${error}`
    if (typeof failed === 'string') return `The flow failed: ${failed}.`
    return this.played.state.conversation?.holder === 'person' ? 'A person holds the conversation.' : undefined
  }

  #triggers(): string {
    return this.#bound.compiled
      .map(({key, definition: {trigger}}) =>
        trigger.type === 'keyword'
          ? `${key} has the keywords ${trigger.keywords.join(', ')}.`
          : `${key} starts by ${trigger.type}.`,
      )
      .join(' ')
  }
}
