import type {PlannedFlow} from '../operations/flow-deploy.ts'
import {visible} from './escape.ts'

type People = PlannedFlow['people'][number]

const WIDEST_PLACE = 40

export interface PeopleLine {
  /** Undefined for those at nodes that stay as they are. */
  change?: 'removed' | 'changed'
  text: string
}

/** What becomes of people who are inside. Those at a node that goes or changes have lines of their own. */
export function peopleLines(people: readonly People[]): PeopleLine[] {
  const touched = people.filter(({change}) => change !== 'unchanged')
  const width = Math.min(WIDEST_PLACE, Math.max(0, ...touched.map(({node}) => (node ?? '').length)))
  const lines = people.flatMap((one): (PeopleLine & Counted)[] => {
    const {node, change} = one
    if (change === 'unchanged') return countsOf(one).map((counted) => ({...counted, text: 'elsewhere in it'}))
    const place = `${visible(node ?? '').padEnd(width)}  `
    return countsOf(one).map((counted) => ({...counted, change, text: place}))
  })
  return merged(lines).map(({change, text, count, fate}) => ({
    change,
    text: change === undefined ? `${peopleOf(count)} ${text} → ${fate(count)}` : waiting(text, count, fate(count)),
  }))
}

interface Counted {
  count: number
  fate: (count: number) => string
}

const peopleOf = (count: number): string => (count === 1 ? '1 person' : `${count} people`)

const waiting = (place: string, count: number, fate: string): string =>
  `${place} ${peopleOf(count)} ${count === 1 ? 'is' : 'are'} waiting here → ${fate}`

/** Those whom an agent has are counted apart where the others are moved. */
function countsOf({choice, version, count, with_person: held}: People): Counted[] {
  const fate = (many: number) => fateOf(choice, version, many === 1)
  if (choice === 'finish') return [{count, fate}]
  const left = (many: number) => `${many === 1 ? 'stays' : 'stay'} with the agent who has them`
  return [
    {count: count - held, fate},
    {count: held, fate: left},
  ].filter((one) => one.count > 0)
}

/** What would be the same line for people of several releases is one. */
function merged<T extends PeopleLine & Counted>(lines: readonly T[]): T[] {
  const known = new Map<string, T>()
  for (const line of lines) {
    const key = JSON.stringify([line.change, line.text, line.fate(1)])
    known.set(key, {...line, count: line.count + (known.get(key)?.count ?? 0)})
  }
  const all = [...known.values()]
  return [...all.filter(({change}) => change !== undefined), ...all.filter(({change}) => change === undefined)]
}

function fateOf(choice: People['choice'], version: number, isOne: boolean): string {
  if (choice === 'finish') return `${isOne ? 'finishes' : 'finish'} on r${version}`
  if (choice === 'restart') return isOne ? 'begins again' : 'begin again'
  const ended = isOne ? 'is ended' : 'are ended'
  if (choice === 'end') return ended
  if ('move' in choice) return `${isOne ? 'moves' : 'move'} to ${visible(choice.move)}`
  return `${ended} with ${visible(JSON.stringify(choice.end))}`
}
