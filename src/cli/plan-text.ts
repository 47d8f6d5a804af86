import type {Json} from '../base/json.ts'
import type {Plan, PlannedFlow} from '../operations/flow-deploy.ts'
import type {FlowDiff} from '../operations/flow-diff.ts'
import {cut, visible} from './escape.ts'
import type {Colour, Paint} from './paint.ts'

const LONG_VALUE = 44
const LONGEST_LINE = 160
const WIDEST_PLACE = 40

const signs = {created: '+', changed: '~', unchanged: '=', removed: '-', added: '+', moved: '~'} as const
const colours: Readonly<Record<string, Colour>> = {'+': 'green', '~': 'yellow', '-': 'red'}

const signed = (paint: Paint, sign: string): string => {
  const colour = colours[sign]
  return colour ? paint(colour, sign) : sign
}

/** What a plan would do, for people: flow by flow, with everybody who is inside. */
export function planText(plan: Pick<Plan, 'flows' | 'summary'>, paint: Paint): string {
  const moving = plan.flows.filter(({action}) => action !== 'unchanged')
  const width = Math.max(0, ...moving.map(({flow}) => flow.length))
  const {created, changed, removed, unchanged} = plan.summary
  return [
    ...moving.map((flow) => flowText(flow, width, paint)),
    ...(unchanged > 0 ? [`  = ${unchanged} unchanged\n`] : []),
    `\n${paint('bold', `${created} to create, ${changed} to change, ${removed} to remove.`)}\n`,
  ].join('')
}

function flowText(flow: PlannedFlow, width: number, paint: Paint): string {
  const head = `  ${signed(paint, signs[flow.action])} ${visible(flow.flow).padEnd(width)}   ${headOf(flow)}\n`
  const people = peopleLines(flow, paint)
  // A node that goes is told with those who stand there.
  const told = new Set(flow.people.filter(({change}) => change === 'removed').map(({node}) => node))
  const nodes = flow.diff?.nodes.filter(({node}) => !told.has(node)) ?? []
  const fields = flow.diff ? diffLines({...flow.diff, nodes}, paint) : []
  return head + [...people, ...fields].map((line) => `      ${line}\n`).join('')
}

function headOf({action, from, to, canary, diff}: PlannedFlow): string {
  if (action === 'created') return 'new'
  if (action === 'removed') return `r${from?.version} is taken off the air`
  const counts = diff ? countsOf(diff) : ''
  const same = diff && diff.nodes.length + diff.edges.length + diff.head.length === 0
  const share = canary === null ? '' : ` for ${Math.round(canary * 1000) / 10} % of new sessions`
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

type People = PlannedFlow['people']

/** Those at a node that goes or changes each on a line; the others by what becomes of them. */
function peopleLines({people}: PlannedFlow, paint: Paint): string[] {
  const touched = people.filter(({change}) => change !== 'unchanged')
  const width = Math.min(WIDEST_PLACE, Math.max(0, ...touched.map(({node}) => (node ?? '').length)))
  const lines = touched.map((one) => {
    const sign = one.change === 'removed' ? '-' : '~'
    const are = one.count === 1 ? '1 person is' : `${one.count} people are`
    return `${signed(paint, sign)} ${visible(one.node ?? '').padEnd(width)}   ${are} waiting here → ${fateOf(one)}`
  })
  const elsewhere = new Map<string, number>()
  for (const one of people.filter(({change}) => change === 'unchanged'))
    elsewhere.set(fateOf({...one, with_person: 0}), (elsewhere.get(fateOf({...one, with_person: 0})) ?? 0) + one.count)
  for (const [fate, count] of elsewhere)
    lines.push(`· ${count === 1 ? '1 person' : `${count} people`} elsewhere in it → ${fate}`)
  return lines
}

function fateOf({choice, version, with_person: held}: People[number]): string {
  const left = held === 0 ? '' : ` (${held} of them with a person: left alone)`
  if (choice === 'finish') return `finish on r${version}${left}`
  if (choice === 'restart') return `begin again${left}`
  if (choice === 'end') return `are ended${left}`
  if ('move' in choice) return `move to ${visible(choice.move)}${left}`
  return `are ended with ${valueText(choice.end)}${left}`
}

/** What differs, a line each; long texts on two. */
export function diffLines({head, nodes, edges}: FlowDiff, paint: Paint): string[] {
  const lines = head.flatMap((field) => fieldLines(field.path, field, paint))
  for (const {node, type, change, fields} of nodes) {
    if (change !== 'changed') lines.push(`${signed(paint, signs[change])} ${visible(node)} (${type})`)
    lines.push(...fields.flatMap((field) => fieldLines(`${node}.${field.path}`, field, paint)))
  }
  for (const {source, target, condition, change} of edges) {
    const when = condition === undefined ? '' : `   if ${cut(visible(condition), LONGEST_LINE)}`
    const order = change === 'moved' ? '   tried at another place' : ''
    lines.push(`${signed(paint, signs[change])} ${visible(source)} → ${visible(target)}${when}${order}`)
  }
  return lines
}

function fieldLines(place: string, {before, after}: {before?: Json; after?: Json}, paint: Paint): string[] {
  const path = visible(place)
  if (before === undefined) return [`${signed(paint, '+')} ${path}   ${valueText(after)}`]
  if (after === undefined) return [`${signed(paint, '-')} ${path}   ${valueText(before)}`]
  const [old, now] = [valueText(before), valueText(after)]
  const short = old.length <= LONG_VALUE && now.length <= LONG_VALUE
  if (short) return [`${signed(paint, '~')} ${path}   ${old} → ${now}`]
  return [`${signed(paint, '~')} ${path}`, ...changedLines(before, after, paint).map((line) => `    ${line}`)]
}

/** Lines that both texts begin and end with are left out. */
function changedLines(before: Json, after: Json, paint: Paint): string[] {
  const [old, now] = [linesOf(before), linesOf(after)]
  let start = 0
  while (start < old.length && start < now.length && old[start] === now[start]) start++
  let end = 0
  while (end < old.length - start && end < now.length - start && old.at(-1 - end) === now.at(-1 - end)) end++
  const shown = (lines: readonly string[], sign: string) =>
    lines.slice(start, lines.length - end).map((line) => `${signed(paint, sign)} ${cut(visible(line), LONGEST_LINE)}`)
  return [...shown(old, '-'), ...shown(now, '+')]
}

const linesOf = (value: Json): string[] =>
  typeof value === 'string' ? value.split('\n') : JSON.stringify(value, undefined, 2).split('\n')

const valueText = (value: Json | undefined): string => cut(visible(JSON.stringify(value ?? null)), LONGEST_LINE)
