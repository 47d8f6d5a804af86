import {fold, foldWords} from '../base/fold.ts'
import {isOver} from './life.ts'
import {isBotLoop, type Recent} from './recent.ts'
import type {IncomingMessage, Session} from './session.ts'
import type {FlowDefinition, Trigger} from './shape.ts'

/** What routing needs of a live flow; make it once per release with `routeOf`. */
export interface RouteFlow {
  key: string
  trigger: Trigger
  /** Keywords as they are compared: folded, and as ` words ` for finding them in a sentence. */
  keywords: readonly {text: string; words: string}[]
}

export interface RouteState {
  /** Every name of the number that was written to: phone number, config id, config name. */
  number: readonly string[]
  /** Who holds the conversation. */
  holder: 'bot' | 'person' | 'phone'
  session: Session | null
  optedIn: boolean
  now: number
  /** The tenant's own words, beside the usual ones. */
  optOutWords?: readonly string[]
  optInWords?: readonly string[]
}

/** Who gets a message. `replaces`: a session is running and ends as `replaced`. */
export type Route =
  | {kind: 'opt_out'; word: string}
  | {kind: 'opt_in'; word: string}
  | {kind: 'stored'; reason: 'not_for_flows' | 'held' | 'busy'}
  | {kind: 'answer'}
  | {kind: 'start'; flow: string; replaces: boolean}
  | {kind: 'unanswered'}

export const optOutWords = ['SAIR', 'PARAR', 'STOP', 'DESCADASTRAR', 'CANCELAR']
export const optInWords = ['START', 'REATIVAR']

const foldedOptOut: ReadonlySet<string> = new Set(optOutWords.map(fold))
const foldedOptIn: ReadonlySet<string> = new Set(optInWords.map(fold))
const notForFlows = new Set(['reaction', 'system', 'edit', 'revoke', 'unsupported'])

const asWords = (text: string) => ` ${foldWords(text)} `

/** The routing side of a definition. */
export function routeOf({flow, trigger}: Pick<FlowDefinition, 'flow' | 'trigger'>): RouteFlow {
  const written = trigger.type === 'keyword' ? trigger.keywords : []
  const keywords = written.map((keyword) => ({text: fold(keyword), words: asWords(keyword)}))
  return {key: flow, trigger, keywords}
}

/** Decides who gets a message. Pure; the daemon, tests, the simulator and replay all ask here. */
export function route(candidates: readonly RouteFlow[], message: IncomingMessage, state: RouteState): Route {
  if (notForFlows.has(message.content.kind)) return {kind: 'stored', reason: 'not_for_flows'}
  const text = keywordText(message)
  const session = runningSession(state)
  const offered = text !== undefined && offers(session, text)
  const word = text !== undefined && message.content.kind === 'text' && !message.tapped && !offered ? text : undefined
  if (word !== undefined && isWord(word, foldedOptOut, state.optOutWords)) return {kind: 'opt_out', word}
  if (word !== undefined && !state.optedIn && isWord(word, foldedOptIn, state.optInWords)) return {kind: 'opt_in', word}
  if (state.holder !== 'bot') return {kind: 'stored', reason: 'held'}
  const here = candidates.filter((flow) => answersOn(flow.trigger, state.number))
  const keyword = text === undefined ? undefined : bestKeyword(here, text)
  if (session) {
    const interrupts = keyword?.trigger.type === 'keyword' && keyword.trigger.interrupt === true && !offered
    if (interrupts) return {kind: 'start', flow: keyword.key, replaces: true}
    return session.waiting?.for === 'message' ? {kind: 'answer'} : {kind: 'stored', reason: 'busy'}
  }
  const flow = keyword ?? here.filter((one) => one.trigger.type === 'message_received').sort(byPriority)[0]
  return flow ? {kind: 'start', flow: flow.key, replaces: false} : {kind: 'unanswered'}
}

/** Typed text or the title of a tap, folded. Captions start nothing. */
function keywordText({content}: IncomingMessage): string | undefined {
  if (content.kind === 'text') return fold(content.text)
  return content.kind === 'option' ? fold(content.title) : undefined
}

function runningSession({session, now}: RouteState): Session | undefined {
  return session && !isOver(session.status) && now < session.expiresAt ? session : undefined
}

const offers = (session: Session | undefined, text: string) =>
  session?.waiting?.for === 'message' && session.options.some((option) => fold(option.title) === text)

const isWord = (text: string, usual: ReadonlySet<string>, own: readonly string[] = []) =>
  usual.has(text) || own.some((word) => fold(word) === text)

const narrowing = (trigger: Trigger) => (trigger.type === 'none' ? undefined : trigger.numbers)

function answersOn(trigger: Trigger, number: readonly string[]): boolean {
  const numbers = narrowing(trigger)
  return numbers === undefined || numbers.some((one) => number.includes(one))
}

const priorityOf = ({trigger}: RouteFlow) => (trigger.type === 'none' ? 0 : (trigger.priority ?? 0))

function byPriority(a: RouteFlow, b: RouteFlow): number {
  return priorityOf(b) - priorityOf(a) || (a.key < b.key ? -1 : 1)
}

/** Of all keywords that match: the longest, then the flow's priority, then its key. */
function bestKeyword(flows: readonly RouteFlow[], text: string): RouteFlow | undefined {
  let best: RouteFlow | undefined
  let bestLength = 0
  const words = asWords(text)
  for (const flow of flows) {
    const whole = flow.trigger.type !== 'keyword' || flow.trigger.match === 'whole'
    for (const keyword of flow.keywords) {
      const matches = whole ? keyword.text === text : words.includes(keyword.words)
      const {length} = keyword.text
      if (!matches || length < bestLength) continue
      if (best && length === bestLength && byPriority(best, flow) <= 0) continue
      best = flow
      bestLength = length
    }
  }
  return best
}

/** Two flows that want the same message on the same number. */
export interface Clash {
  flows: [string, string]
  /** Absent when both are triggered by every message. */
  keyword?: string
  message: string
}

/** Finds every pair of flows that routing could not tell apart; an error at apply. */
export function clashes(flows: readonly RouteFlow[]): Clash[] {
  const found: Clash[] = []
  for (const [index, a] of flows.entries()) {
    for (const b of flows.slice(index + 1)) {
      if (!overlap(narrowing(a.trigger), narrowing(b.trigger))) continue
      const pair: [string, string] = [a.key, b.key]
      if (a.trigger.type === 'message_received' && b.trigger.type === 'message_received')
        found.push({flows: pair, message: `${a.key} and ${b.key} both take every message.`})
      for (const {text: keyword} of a.keywords.filter((one) => b.keywords.some((other) => other.text === one.text)))
        found.push({flows: pair, keyword, message: `${a.key} and ${b.key} both have the keyword "${keyword}".`})
    }
  }
  return found
}

const overlap = (a: readonly string[] | undefined, b: readonly string[] | undefined) =>
  a === undefined || b === undefined || a.some((number) => b.includes(number))

/**
 * What becomes of a message: who gets it, unless two bots are talking to one another. Then nobody does, and the session
 * that is running is over.
 */
export function decide(
  candidates: readonly RouteFlow[],
  message: IncomingMessage,
  state: RouteState & {recent: Recent},
): Route | {kind: 'loop'} {
  const found = route(candidates, message, state)
  const moves = found.kind === 'start' || found.kind === 'answer'
  return moves && isBotLoop(state.recent, state.now) ? {kind: 'loop'} : found
}
