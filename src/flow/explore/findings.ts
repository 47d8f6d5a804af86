import {readableText, type Content} from '../../base/message.ts'
import type {CompiledFlow} from '../compile.ts'
import {isOver} from '../life.ts'
import {isHandled} from '../lint/edge-outcomes.ts'
import {limits} from '../message-limits.ts'
import type {Place, Walk} from './explore.ts'

export type FindingRule = 'failure' | 'dead-end' | 'cut-text' | 'expression-error' | 'trap' | 'silence-loop'

/** Something that can happen to a customer and should not. */
export interface WalkFinding {
  rule: FindingRule
  severity: 'error' | 'warn'
  flow: string
  node: string
  message: string
  /** The place it shows at; the way there tells how it comes about. */
  place: Place
}

/** Everything that is wrong where one step led, each told by what makes it one thing. */
export function wrongAt(place: Place, flows: ReadonlyMap<string, CompiledFlow>): WalkFinding[] {
  return [...endedBadly(place, flows), ...brokenExpressions(place, flows), ...cutTexts(place)]
}

function endedBadly(place: Place, flows: ReadonlyMap<string, CompiledFlow>): WalkFinding[] {
  const {session} = place.state
  if (!session || !isOver(session.status)) return []
  const {flow, node, result, status} = session
  const at = result?.node ?? node ?? ''
  const one = (rule: FindingRule, severity: WalkFinding['severity'], message: string): WalkFinding[] => [
    {rule, severity, flow, node: at, message, place},
  ]
  const reason = result?.reason ?? ''
  if (status === 'failed' && reason === 'no_edge')
    return one('failure', 'error', `None of the edges of "${at}" is true: the session fails.`)
  if (status === 'failed')
    return one(
      'failure',
      'error',
      /^\w+$/.test(reason) ? `No edge of "${at}" takes "${reason}": the session fails.` : `"${at}" fails: ${reason}`,
    )
  if (status === 'abandoned')
    return one('dead-end', 'warn', `No edge of "${at}" takes "${reason}": the customer is left without a word.`)
  const nodes = flows.get(flow)?.definition.nodes ?? []
  const type = nodes.find(({id}) => id === at)?.type
  // A person who closes the conversation has ended it well.
  const isForgotten = nodes.some((node) => node.type === 'end') && type !== 'end' && type !== 'transfer'
  return status === 'completed' && result?.reason === undefined && isForgotten
    ? one('dead-end', 'warn', `"${at}" leads nowhere, and is no end.`)
    : []
}

/** What breaks without anybody having reckoned with it. What a call answered instead is a guess of ours. */
function brokenExpressions(place: Place, flows: ReadonlyMap<string, CompiledFlow>): WalkFinding[] {
  return place.happened.flatMap((one) => {
    if (one.kind !== 'event' || one.type !== 'expression_error' || one.data.save !== undefined) return []
    const {flow, node, error} = one.data as {flow: string; node: string; error: string}
    const compiled = flows.get(flow)?.nodes.get(node)
    const isTold = place.state.session?.status === 'failed' && place.state.session.result?.node === node
    if (isTold || (compiled && isHandled(compiled, 'error'))) return []
    const message = `An expression of "${node}" fails: ${error}`
    return [{rule: 'expression-error', severity: 'warn', flow, node, message, place}] as const
  })
}

function cutTexts(place: Place): WalkFinding[] {
  return place.happened.flatMap((one) => {
    if (one.kind !== 'out' || one.flow === undefined || one.node === undefined) return []
    const cut = limitedTexts(one.content).find(([text, most]) => text.endsWith('…') && [...text].length === most)
    if (!cut) return []
    const message = `"${one.node}" says more than WhatsApp takes: its ${cut[2]} is cut after ${cut[1]} characters.`
    return [{rule: 'cut-text', severity: 'warn', flow: one.flow, node: one.node, message, place}] as const
  })
}

/** Texts of a message, with the most that WhatsApp takes. */
function limitedTexts(content: Content): [string, number, string][] {
  const text = readableText(content)
  if (content.kind === 'text') return [[text, limits.text, 'text']]
  if (content.kind === 'buttons')
    return [
      [content.text, limits.body, 'text'],
      ...content.buttons.map(({title}): [string, number, string] => [title, limits.buttonTitle, 'button']),
    ]
  if (content.kind !== 'list') return [[text, limits.caption, 'text']]
  const rows = content.sections.flatMap((section) => section.rows)
  return [
    [content.text, limits.body, 'text'],
    ...rows.map(({title}): [string, number, string] => [title, limits.rowTitle, 'row']),
    ...rows.map(({description = ''}): [string, number, string] => [description, limits.rowDescription, 'description']),
  ]
}

/** Places that no way leads out of, and silence that is answered for ever. Only a complete walk can tell. */
export function goingRound({places, complete}: Walk): WalkFinding[] {
  if (!complete) return []
  const free = leadsOut(places)
  const trapped = places.filter((place) => !free.has(place))
  return [...trapped.slice(0, 1).map(trap), ...silences(places)]
}

function trap(place: Place): WalkFinding {
  const {session} = place.state
  const message = `Once at "${session?.node}" the customer never gets out: every answer leads back.`
  return {rule: 'trap', severity: 'warn', flow: session?.flow ?? '', node: session?.node ?? '', message, place}
}

/** Places from which a conversation can end. */
function leadsOut(places: readonly Place[]): Set<Place> {
  const before = new Map<Place, Place[]>()
  for (const place of places)
    for (const {place: next} of place.next) {
      const list = before.get(next)
      if (list) list.push(place)
      else before.set(next, [place])
    }
  const free = new Set(places.filter((place) => place.next.length === 0))
  for (const place of free) for (const earlier of before.get(place) ?? []) free.add(earlier)
  return free
}

/** Timeouts alone lead from a place back to it. */
function silences(places: readonly Place[]): WalkFinding[] {
  const quiet = (place: Place) => place.next.find(({input}) => input.do === 'advance')?.place
  const told = new Set<Place>()
  return places.flatMap((place) => {
    const trail = new Set<Place>()
    let at: Place | undefined = place
    while (at && !trail.has(at) && !told.has(at)) {
      trail.add(at)
      at = quiet(at)
    }
    for (const one of trail) told.add(one)
    if (!at || !trail.has(at)) return []
    const {session} = at.state
    const message = `Silence at "${session?.node}" is answered again and again, and leads back to it.`
    return [
      {
        rule: 'silence-loop',
        severity: 'warn',
        flow: session?.flow ?? '',
        node: session?.node ?? '',
        message,
        place: at,
      },
    ]
  })
}

/** Nodes in a circle that customers can walk, each circle once. */
export function circles({places}: Walk): string[][] {
  const found = new Map<string, string[]>()
  for (const place of places)
    for (const {place: next} of place.next) {
      const trail = trailTo(place)
      const from = trail.indexOf(next)
      if (from === -1) continue
      const nodes = trail.slice(from).map(({state}) => state.session?.node ?? '')
      const round = nodes.filter((node, index) => node !== nodes[index - 1])
      if (round.length > 1) found.set([...round].sort().join(' '), round)
    }
  return [...found.values()]
}

/** The places on the way to one, from the beginning, itself last. */
export function trailTo(place: Place): Place[] {
  const trail: Place[] = []
  for (let at: Place | undefined = place; at; at = at.from?.place) trail.unshift(at)
  return trail
}
