import {readableText} from '../../base/message.ts'
import type {CompiledFlow} from '../compile.ts'
import {isOver} from '../life.ts'
import type {CallResult, IncomingMessage} from '../session.ts'
import {createSimulator} from './simulator.ts'
import {begin, type Contact, type Happening, type Simulated, SimulationError, type Surroundings} from './state.ts'

/** One conversation with a flow as it was stored: what the customer sent, what people did, and what calls outside answered. */
export interface Recording {
  contact: Contact
  messages: readonly RecordedMessage[]
  /** When a person gave the conversation back to the bot or closed it. */
  returns: readonly RecordedReturn[]
  /** Answers in the order they came. */
  answers: readonly CallResult[]
  /** When the session ended; what fell due until then happens too. */
  until: number
  surroundings: Pick<Surroundings, 'settings' | 'number' | 'windowMs'>
}

export interface RecordedMessage {
  at: number
  text: string
  content: IncomingMessage['content']
}

export interface RecordedReturn {
  at: number
  outcome: 'returned' | 'closed'
}

/** What a release did with it. */
export interface Played {
  said: {node: string; text: string}[]
  called: string[]
  status: string
}

/** Plays a recording against a release. Nothing is sent and nobody is called. */
export function playRecording(flow: CompiledFlow, beside: readonly CompiledFlow[], recording: Recording): Played {
  const answers = [...recording.answers]
  const simulator = createSimulator({
    ...recording.surroundings,
    flows: [flow, ...beside.filter(({key}) => key !== flow.key)],
    // Where the release calls more often than was recorded, nobody knows what the answer would have been.
    answer: () => answers.shift() ?? {outcome: 'unknown'},
  })
  const happened: Happening[] = []
  const first = recording.messages[0]?.at ?? 0
  let state = begin({now: first, contact: recording.contact})
  const step = (input: Parameters<typeof simulator.step>[1]) => {
    const stepped = simulator.step(state, input)
    state = stepped.state
    happened.push(...stepped.happened)
  }
  const passUntil = (time: number) => {
    if (time > state.now) step({do: 'advance', ms: time - state.now})
  }
  for (const one of [...recording.messages, ...recording.returns].sort((a, b) => a.at - b.at)) {
    passUntil(one.at)
    // What follows the end is another conversation.
    if (state.session && isOver(state.session.status)) break
    if ('content' in one) step(inputOf(state, one))
    // A release that handed nothing over has nothing to get back.
    else if (state.conversation?.holder === 'person') step({do: 'hand-back', outcome: one.outcome})
  }
  passUntil(recording.until)
  return summary(happened, state)
}

/** An option that is not offered any more counts as its title typed, as on a phone with an old menu. */
function inputOf(state: Simulated, {text, content}: RecordedMessage) {
  if (content.kind === 'option' && state.offered.some(({title}) => title === content.title))
    return {do: 'tap', title: content.title} as const
  if (content.kind === 'location' || 'media' in content) return {do: 'send', content} as const
  return {do: 'say', text} as const
}

function summary(happened: readonly Happening[], {session}: Simulated): Played {
  return {
    said: happened.flatMap((one) =>
      one.kind === 'out' ? [{node: one.node ?? '', text: readableText(one.content)}] : [],
    ),
    called: happened.flatMap((one) => (one.kind === 'call' ? [one.call.node] : [])),
    status: session?.status ?? 'not begun',
  }
}

/** The first thing that two releases did differently. */
export interface Divergence {
  kind: 'says' | 'goes' | 'calls' | 'ends'
  /** Nodes, or states of the session; null where one did nothing more. */
  before: string | null
  after: string | null
  example?: {before: string; after: string}
}

export function divergence(before: Played, after: Played): Divergence | undefined {
  const length = Math.max(before.said.length, after.said.length)
  for (let n = 0; n < length; n++) {
    const [old, now] = [before.said[n], after.said[n]]
    if (old?.node === now?.node && old?.text === now?.text) continue
    const kind = old?.node === now?.node ? 'says' : 'goes'
    const example = {before: old?.text ?? '', after: now?.text ?? ''}
    return {kind, before: old?.node ?? null, after: now?.node ?? null, example}
  }
  const [old, now] = [before.called.join(', '), after.called.join(', ')]
  if (old !== now) return {kind: 'calls', before: old || null, after: now || null}
  return before.status === after.status ? undefined : {kind: 'ends', before: before.status, after: after.status}
}

/** Why a recording cannot be played against a release; anything else is a fault of ours. */
export const unplayable = (error: unknown): string | undefined =>
  error instanceof SimulationError ? error.message : undefined
