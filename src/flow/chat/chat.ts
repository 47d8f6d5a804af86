import {dueAt, isOver} from '../life.ts'
import type {CompiledFlow} from '../compile.ts'
import {attemptsOf, isRepeated} from '../call-answer.ts'
import type {CallResult, Json} from '../session.ts'
import {createSimulator, type Simulator} from '../simulate/simulator.ts'
import {nextFire} from '../schedule.ts'
import {
  begin,
  DEFAULT_TIME_ZONE,
  type Call,
  type Contact,
  type Happening,
  type Simulated,
  type SimulatedInput,
  SimulationError,
} from '../simulate/state.ts'
import {createMocked, type Mocked} from '../test-run/mocks.ts'
import {SAID_BY_A_TEST} from '../test-run/read-mocks.ts'
import type {Suite} from '../test-run/suite.ts'

/** One thing that was done, and what came of it. */
export interface Turned {
  input: SimulatedInput
  /** Whether an option was a button or the row of a list. */
  from?: 'buttons' | 'list'
  happened: readonly Happening[]
}

/** A call that was answered, for the mocks of a test. */
export interface Answered {
  call: Call
  result: CallResult
  times: number
}

/** What somebody who talks to a flow can see. */
export interface ChatView {
  turns: readonly Turned[]
  state: Simulated
  /** When something happens by itself, milliseconds. */
  due: number | null
}

/** A conversation with a flow, on a clock that only moves when told to. */
export interface Chat {
  readonly flow: CompiledFlow
  readonly setting: ChatSetting
  readonly answers: readonly Answered[]
  view(this: void): ChatView
  /** Throws a `SimulationError` for what is impossible here. */
  act(this: void, input: SimulatedInput): void
  /** Lets time pass up to what happens next by itself. */
  wait(this: void): void
  restart(this: void): void
}

/** The world that a conversation takes place in; of the test beside the flow, where there is one. */
export type ChatSetting = Partial<Pick<Suite, 'settings' | 'secrets' | 'number' | 'mocks'>> & {
  now: number
  contact?: Partial<Contact>
  vars?: Record<string, Json>
}

export function createChat(flows: readonly CompiledFlow[], setting: ChatSetting): Chat {
  const [flow] = flows
  if (!flow) throw new SimulationError('There is no flow to talk to.')
  let turns: Turned[] = []
  let answers: Answered[] = []
  let {state, simulator} = beginning(flows, setting, (answered) => answers.push(answered))
  const due = () => {
    const {session, pending, firedUntil} = state
    if (pending) return null
    if (session && !isOver(session.status)) return dueAt(session)
    const {trigger} = flow.definition
    return trigger.type === 'schedule'
      ? nextFire(trigger, firedUntil, setting.settings?.timezone ?? DEFAULT_TIME_ZONE)
      : null
  }
  const act = (given: SimulatedInput): void => {
    const input = asInTests(given)
    const {pending} = state
    const from = input.do === 'tap' ? state.offered.findLast((one) => one.title === input.title)?.from : undefined
    const kept = answers.length
    const {state: next, happened} = simulator.step(state, input)
    if (input.do === 'answer' && pending)
      answers.splice(kept, 0, {call: pending, result: input.result, times: timesOf(pending, input.result)})
    state = next
    turns = [...turns, {input, from, happened}]
  }
  return {
    flow,
    setting,
    get answers() {
      return answers
    },
    view: () => ({turns, state, due: due()}),
    act,
    wait() {
      const at = due()
      if (at === null) throw new SimulationError('Nothing happens here by itself.')
      act({do: 'advance', ms: wholeSeconds(at - state.now)})
    },
    restart() {
      turns = []
      answers = []
      ;({state, simulator} = beginning(flows, setting, (answered) => answers.push(answered)))
    },
  }
}

/** A failure has the reason that it will have when this is a test: a flow can show it. */
const asInTests = (input: SimulatedInput): SimulatedInput =>
  input.do === 'answer' && input.result.data === undefined
    ? {do: 'answer', result: {error: SAID_BY_A_TEST, ...input.result}}
    : input

/** Test files write time in whole seconds. */
const wholeSeconds = (ms: number) => Math.max(1000, Math.ceil(ms / 1000) * 1000)

/** A call that may be repeated is made again after some failures; a mock has to answer each time. */
const timesOf = ({request}: Call, result: CallResult) => (isRepeated(request, result, 1) ? attemptsOf(request) : 1)

function beginning(
  flows: readonly CompiledFlow[],
  {now, contact, vars, settings = {}, number, mocks = [], secrets}: ChatSetting,
  note: (answered: Answered) => void,
): {state: Simulated; simulator: Simulator} {
  const mocked: Mocked = createMocked(mocks, secrets)
  const trigger = flows[0]?.definition.trigger
  const named = number ?? (trigger && 'numbers' in trigger ? trigger.numbers?.[0] : undefined)
  const simulator = createSimulator({
    flows,
    settings,
    number: named === undefined ? [] : [named],
    vars,
    answer(call, attempt) {
      const result = mocked.answer(call)
      if (result && attempt === 1) note({call, result, times: timesOf(call, result)})
      return result
    },
  })
  return {state: begin({now, contact}), simulator}
}
