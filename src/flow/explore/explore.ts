import type {CompiledFlow} from '../compile.ts'
import type {FlowParts} from '../definition.ts'
import {createSimulator} from '../simulate/simulator.ts'
import {type Happening, type Simulated, type SimulatedInput, SimulationError} from '../simulate/state.ts'
import {beginnings, type Beginning} from './beginnings.ts'
import {guessesOf} from './guesses.ts'
import {type Hints, opening, triesOf} from './tries.ts'

/** One place that a conversation can come to, and how it came there first. */
export interface Place {
  state: Simulated
  beginning: Beginning
  /** Absent at a beginning. */
  from?: {place: Place; input: SimulatedInput}
  /** What happened on the way here. */
  happened: readonly Happening[]
  depth: number
  /** Where each input leads from here. */
  next: {input: SimulatedInput; place: Place}[]
}

export interface Walk {
  places: Place[]
  /** Everything that happened on any way. */
  steps: number
  /** False when it stopped at a limit, so that nothing can be said of what lies behind. */
  complete: boolean
}

export interface WalkLimits {
  /** Inputs in a row. */
  depth: number
  /** Inputs altogether. */
  steps: number
}

interface Walked {
  flows: readonly CompiledFlow[]
  /** Of the flow that is walked, and of those that it jumps to. */
  parts: FlowParts
  others: readonly FlowParts[]
  hints: Hints
  limits: WalkLimits
  /** Called with what happens on each step. */
  notice: (happened: readonly Happening[], place: Place) => void
}

/** Walks through a flow by everything that a customer, a person, time or another system may do. Pure. */
export function walk({flows, parts, others, hints, limits, notice}: Walked): Walk {
  const byFlow = new Map([parts, ...others].map((one) => [one.flow.flow, guessesOf(one)]))
  const own = guessesOf(parts)
  const guessesAt = ({state: {session}}: Place) => byFlow.get(session?.flow ?? '') ?? own
  const found: Walk = {places: [], steps: 0, complete: true}
  for (const beginning of beginnings(own)) {
    const simulator = createSimulator({flows, settings: beginning.settings})
    const known = new Map<string, Place>()
    const start: Place = {state: beginning.state, beginning, happened: [], depth: 0, next: []}
    const todo = [start]
    for (const place of todo) {
      const flow = flows.find(({release}) => release === place.state.session?.release)
      const inputs =
        place === start
          ? [opening(parts.flow, start.state.now)]
          : triesOf({state: place.state, flow, guesses: guessesAt(place), hints, long: beginning.long})
      if (inputs.length > 0 && place.depth === limits.depth) found.complete = false
      for (const input of place.depth === limits.depth ? [] : inputs) {
        if (found.steps === limits.steps) return {...found, complete: false}
        const reached = go(simulator, place, input)
        if (!reached) continue
        found.steps++
        notice(reached.happened, reached)
        const key = keyOf(reached.state, guessesAt(reached).decides)
        const there = known.get(key)
        place.next.push({input, place: there ?? reached})
        if (there) continue
        known.set(key, reached)
        found.places.push(reached)
        todo.push(reached)
      }
    }
  }
  return found
}

function go(simulator: ReturnType<typeof createSimulator>, from: Place, input: SimulatedInput): Place | undefined {
  try {
    const {state, happened} = simulator.step(calm(from.state), input)
    return {state, beginning: from.beginning, from: {place: from, input}, happened, depth: from.depth + 1, next: []}
  } catch (error) {
    // An old menu has no such title any more: that way is none.
    if (error instanceof SimulationError) return undefined
    throw error
  }
}

/** Nobody types as fast as this explores; what tells bots apart would take it for one. */
const calm = (state: Simulated): Simulated =>
  state.conversation ? {...state, conversation: {...state.conversation, recent: []}} : state

/** What makes a difference for what may come: not the clock, not ids, not what was said before, not what is only printed. */
function keyOf({session, pending, conversation, contact}: Simulated, decides: (name: string) => boolean): string {
  if (!session) return JSON.stringify(['nobody', conversation?.holder])
  const {status, flow, node, vars, waiting, stack, options, response, result} = session
  const {name, tags, opted_in: optedIn} = contact
  const inPlay = stack.length === 0 ? Object.entries(vars).filter(([one]) => decides(one)) : vars
  return JSON.stringify([
    [status, flow, node, result?.reason, conversation?.holder, pending?.node],
    [waiting?.tries, waiting?.until === null, (waiting?.gathered ?? []).length > 0],
    [inPlay, stack.map((frame) => [frame.flow, frame.node, frame.vars])],
    // The next message of the customer takes its place; the end of a call does not.
    [options.map(({title}) => title), waiting?.for === 'message' ? '' : response, name === null, tags, optedIn],
  ])
}
