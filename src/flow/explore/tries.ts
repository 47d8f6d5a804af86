import type {AnswerKind} from '../answers.ts'
import {httpAnswer} from '../call-answer.ts'
import type {CompiledFlow} from '../compile.ts'
import {dueAt, isOver} from '../life.ts'
import {nextFire} from '../schedule.ts'
import type {CallResult} from '../session.ts'
import type {Call, Simulated, SimulatedInput} from '../simulate/state.ts'
import {DEFAULT_TIME_ZONE} from '../simulate/state.ts'
import type {Guesses} from './guesses.ts'

/** What whoever explores knows beside the flow: answers of calls that tests have, and texts that customers say in them. */
export interface Hints {
  texts: readonly string[]
  answers(call: Call): readonly CallResult[]
}

const LONG = 'Uma resposta comprida de quem conta tudo o que aconteceu, com nomes, datas e lugares, '
  .repeat(3)
  .slice(0, 200)

const samples: Record<AnswerKind, readonly string[]> = {
  text: ['Bom dia'],
  number: ['5'],
  email: ['maria@example.com'],
  cpf: ['529.982.247-25'],
  cnpj: ['11.222.333/0001-81'],
  document: ['529.982.247-25'],
  phone: ['11 98765-0001'],
  date: [],
  choice: [],
  media: [],
  location: [],
}
/** Texts that pass most checks an author writes: a CEP, a small number, a name of two words. */
const usual = ['13083970', '1', 'Maria Souza']
const WRONG = 'não sei dizer'

interface Asked {
  state: Simulated
  flow: CompiledFlow | undefined
  guesses: Guesses
  hints: Hints
  /** Free texts are long ones. */
  long: boolean
}

/** What starts the flow. */
export function opening({trigger}: CompiledFlow['definition'], now: number): SimulatedInput {
  if (trigger.type === 'keyword') return {do: 'say', text: trigger.keywords[0] ?? ''}
  if (trigger.type !== 'schedule') return {do: 'say', text: 'oi'}
  return {do: 'advance', ms: (nextFire(trigger, now, DEFAULT_TIME_ZONE) ?? now) - now}
}

/** Everything worth trying where a conversation stands; nothing where it is over. */
export function triesOf(asked: Asked): SimulatedInput[] {
  const {session, pending, now} = asked.state
  if (!session || isOver(session.status)) return []
  if (pending) return answersOf(pending, asked).map((result) => ({do: 'answer', result}))
  const tries: SimulatedInput[] = session.status === 'transferred' ? handBacks : wordsOf(asked)
  const until = session.waiting?.until ?? null
  // Without a timeout of its own it only ends with the session, in every flow alike.
  return until === null ? tries : [...tries, {do: 'advance', ms: Math.max(1, (dueAt(session) ?? now) - now)}]
}

const handBacks: SimulatedInput[] = [
  {do: 'hand-back', outcome: 'returned'},
  {do: 'hand-back', outcome: 'closed'},
]

const notFound = ['not_found', 'many', 'blocked', 'unavailable', 'unsupported', 'error', 'unknown'].map(
  (outcome): CallResult => ({outcome}),
)

function answersOf(call: Call, {guesses, hints}: Asked): CallResult[] {
  if (call.request.kind === 'erp') {
    const found = guesses.bodies(call.node).map((data): CallResult => ({outcome: 'found', data}))
    return [...hints.answers(call), ...found, ...notFound]
  }
  const good = guesses.bodies(call.node).map((body) => httpAnswer(200, {}, body))
  const bad: CallResult[] = [httpAnswer(500, {}, null), {outcome: 'timeout'}, {outcome: 'unknown'}]
  return [...hints.answers(call), ...good, ...bad]
}

function wordsOf({state, flow, guesses, hints, long}: Asked): SimulatedInput[] {
  const {session} = state
  const node = flow?.definition.nodes.find(({id}) => id === session?.waiting?.node)
  const {expect = 'text', valid} = (node?.data ?? {}) as {expect?: AnswerKind; valid?: string}
  const titles = (session?.options ?? []).map(({title}) => title)
  const taps = titles.map((title): SimulatedInput => ({do: 'tap', title}))
  if (expect === 'media') return [{do: 'send', content: {kind: 'image', media: {}}}, say(WRONG)]
  if (expect === 'location')
    return [{do: 'send', content: {kind: 'location', latitude: -22.9, longitude: -47.06}}, say(WRONG)]
  if (expect === 'choice' || (titles.length > 0 && valid === undefined)) return [...taps, say(WRONG)]
  const free = expect === 'text'
  const texts = [
    ...(free && long ? [LONG] : samples[expect]),
    ...(expect === 'date' ? daysFrom(state.now) : []),
    ...(expect === 'number' ? guesses.numbers.map(String) : []),
    ...(free ? guesses.texts : []),
    ...(valid === undefined ? [] : [...usual, ...hints.texts]),
    WRONG,
  ]
  return [...taps, ...[...new Set(texts)].filter((text) => text !== '').map(say)]
}

const say = (text: string): SimulatedInput => ({do: 'say', text})

const DAY = 86_400_000

/** Days near and far: tomorrow, in a week, in two months, last week. */
const daysFrom = (now: number): string[] =>
  [1, 7, 60, -7].map((days) => new Date(now + days * DAY).toISOString().slice(0, 10).split('-').reverse().join('/'))
