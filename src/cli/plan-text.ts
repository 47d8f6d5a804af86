import type {Json} from '../base/json.ts'
import type {Plan, PlannedFlow} from '../operations/flow-deploy.ts'
import type {FlowDiff} from '../operations/flow-diff.ts'
import {endedCanary, percent} from './canary-rows.ts'
import {cut, visible} from './escape.ts'
import type {Sink} from './io.ts'
import {type Colour, type Paint, painter} from './paint.ts'
import {peopleLines} from './plan-people.ts'

const LONG_VALUE = 44
/** Of a line that nobody's screen cuts, and what is kept before the place where two texts part. */
const LONGEST_LINE = 160
const KEPT_BEFORE = 12
/** What stands left of a text, at most. */
const INDENT = 14

const signs = {created: '+', changed: '~', unchanged: '=', removed: '-', added: '+', moved: '~'} as const
const colours: Readonly<Record<string, Colour>> = {'+': 'green', '~': 'yellow', '-': 'red'}

/** How it is drawn: colours, and how long a text may be. */
export interface Look {
  paint: Paint
  width: number
}

export const lookOn = (io: Parameters<typeof painter>[0], sink: Sink): Look => ({
  paint: painter(io, sink),
  width: sink.isTTY ? Math.max(LONG_VALUE, sink.columns - INDENT) : LONGEST_LINE,
})

const signed = ({paint}: Look, sign: string): string => {
  const colour = colours[sign]
  return colour ? paint(colour, sign) : sign
}

/** What a plan would do, for people: flow by flow, with everybody who is inside. */
export function planText(plan: Pick<Plan, 'flows' | 'summary' | 'base'>, look: Look): string {
  const moving = plan.flows.filter(({action}) => action !== 'unchanged')
  const width = Math.max(0, ...moving.map(({flow}) => flow.length))
  const {created, changed, removed, unchanged} = plan.summary
  return [
    ...moving.map((flow) => flowText(flow, {width, canary: canaryLine(flow, plan.base)}, look)),
    ...(unchanged > 0 ? [`  = ${unchanged} unchanged\n`] : []),
    `\n${look.paint('bold', `${created} to create, ${changed} to change, ${removed} to remove.`)}\n`,
  ].join('')
}

function flowText(flow: PlannedFlow, {width, canary}: {width: number; canary: string[]}, look: Look): string {
  const head = `  ${signed(look, signs[flow.action])} ${visible(flow.flow).padEnd(width)}   ${headOf(flow)}\n`
  const people = peopleLines(flow.people).map(
    ({change, text}) =>
      `${change === undefined ? '·' : signed(look, change === 'removed' ? '-' : '~')} ${cut(text, LONGEST_LINE)}`,
  )
  // A node that goes is told with those who stand there.
  const told = new Set(flow.people.filter(({change}) => change === 'removed').map(({node}) => node))
  const nodes = flow.diff?.nodes.filter(({node}) => !told.has(node)) ?? []
  const fields = flow.diff ? diffLines({...flow.diff, nodes}, look) : []
  return head + [...canary, ...people, ...fields].map((line) => `      ${line}\n`).join('')
}

function headOf({action, from, to, canary, diff}: PlannedFlow): string {
  if (action === 'created') return 'new'
  if (action === 'removed') return `r${from?.version} is taken off the air`
  const counts = diff ? countsOf(diff) : ''
  const same = diff && diff.nodes.length + diff.edges.length + diff.head.length === 0
  const share = canary === null ? '' : ` for ${percent(canary)} of new sessions`
  return `r${from?.version} → r${to?.version}${share}${same ? '   taken up again' : counts}`
}

function countsOf({nodes, edges}: FlowDiff): string {
  const count = <T extends {change: string}>(all: readonly T[], change: string, sign: string) => {
    const some = all.filter((one) => one.change === change).length
    return some === 0 ? '' : ` ${sign}${some}`
  }
  const ofNodes = count(nodes, 'added', '+') + count(nodes, 'changed', '~') + count(nodes, 'removed', '-')
  const ofEdges = count(edges, 'added', '+') + count(edges, 'moved', '~') + count(edges, 'removed', '-')
  return (ofNodes && `   nodes${ofNodes}`) + (ofEdges && `   edges${ofEdges}`)
}

/** What becomes of a release that is tried now. */
function canaryLine(flow: PlannedFlow, base: Plan['base']): string[] {
  const ended = endedCanary(flow, base)
  if (!ended) return []
  const what = ended.state === 'promoted' ? 'everybody gets it' : 'this aborts it'
  return [`! r${ended.version} is running as a canary: ${what}`]
}

/** What differs, a line each; long texts on two. */
export function diffLines({head, nodes, edges}: FlowDiff, look: Look): string[] {
  const lines = head.flatMap((field) => fieldLines(field.path, field, look))
  for (const {node, type, change, fields} of nodes) {
    if (change !== 'changed') lines.push(`${signed(look, signs[change])} ${visible(node)} (${type})`)
    lines.push(...fields.flatMap((field) => fieldLines(`${node}.${field.path}`, field, look)))
  }
  for (const {source, target, condition, change} of edges) {
    const when = condition === undefined ? '' : `   if ${cut(visible(condition), look.width)}`
    const order = change === 'moved' ? '   tried at another place' : ''
    lines.push(`${signed(look, signs[change])} ${visible(source)} → ${visible(target)}${when}${order}`)
  }
  return lines
}

function fieldLines(place: string, {before, after}: {before?: Json; after?: Json}, look: Look): string[] {
  const path = visible(place)
  if (before === undefined) return [`${signed(look, '+')} ${path}   ${valueText(after)}`]
  if (after === undefined) return [`${signed(look, '-')} ${path}   ${valueText(before)}`]
  const [old, now] = [valueText(before), valueText(after)]
  const short = old.length <= LONG_VALUE && now.length <= LONG_VALUE
  if (short) return [`${signed(look, '~')} ${path}   ${old} → ${now}`]
  return [`${signed(look, '~')} ${path}`, ...changedLines(before, after, look).map((line) => `    ${line}`)]
}

/** Lines that both texts begin and end with are left out. */
function changedLines(before: Json, after: Json, look: Look): string[] {
  const [old, now] = [linesOf(before), linesOf(after)]
  let start = 0
  while (start < old.length && start < now.length && old[start] === now[start]) start++
  let end = 0
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end)) end++
  const [gone, come] = [old.slice(start, old.length - end), now.slice(start, now.length - end)]
  const shared = gone.length === 1 && come.length === 1 ? sharedStart(gone[0] ?? '', come[0] ?? '', look.width) : 0
  const shown = (lines: readonly string[], sign: string) =>
    lines.map((line) => `${signed(look, sign)} ${cut(visible(from(line, shared)), look.width)}`)
  return [...shown(gone, '-'), ...shown(come, '+')]
}

/** How much of two long lines may be left out so that where they part is seen. */
function sharedStart(old: string, now: string, width: number): number {
  if (old.length <= width && now.length <= width) return 0
  let same = 0
  while (same < old.length && old[same] === now[same]) same++
  return Math.max(0, same - KEPT_BEFORE)
}

const from = (line: string, start: number): string => (start === 0 ? line : `…${line.slice(start)}`)

const linesOf = (value: Json): string[] =>
  typeof value === 'string' ? value.split('\n') : JSON.stringify(value, undefined, 2).split('\n')

const valueText = (value: Json | undefined): string => cut(visible(JSON.stringify(value ?? null)), LONGEST_LINE)
