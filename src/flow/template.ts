import {invalid} from '../base/errors.ts'
import {isRecord} from '../base/json.ts'
import {slug} from './definition.ts'
import {readSource} from './source.ts'
import {readTrigger} from './trigger.ts'

export interface FlowOutline {
  template: string
  name: string
  description: string
  trigger: string
  nodes: number
  variables: string[]
  secrets: string[]
  flows: string[]
}

/** What a flow file is about, as far as it can be read. */
export function describeFlow(text: string, file: string): FlowOutline {
  const {value} = readSource(text, file)
  const flow = isRecord(value) ? value : {}
  const word = (key: string) => (typeof flow[key] === 'string' ? flow[key] : '')
  const written = JSON.stringify(flow)
  const name = word('name') || word('flow')
  const key = word('flow') || slug(name)
  const nodes: unknown[] = Array.isArray(flow.nodes) ? flow.nodes : []
  return {
    template: key,
    name,
    description: word('description'),
    trigger: triggerOf(flow),
    nodes: nodes.length,
    variables: referred(written, /\$\{var\.([A-Za-z0-9_.-]+)\}/g),
    secrets: referred(written, /\$\{secret\.([A-Za-z0-9_]+)\}/g),
    flows: jumpedTo(nodes).filter((other) => other !== key),
  }
}

/** Keys of the flows that some node jumps to, each once. */
function jumpedTo(nodes: readonly unknown[]): string[] {
  const found = nodes.flatMap((node) => {
    if (!isRecord(node) || node.type !== 'jump' || !isRecord(node.data)) return []
    return typeof node.data.flow === 'string' ? [node.data.flow] : []
  })
  return [...new Set(found)]
}

type Value = string | number | boolean
const isValue = (value: unknown): value is Value => ['string', 'number', 'boolean'].includes(typeof value)

/** The values of variables that a test of a flow plays with. */
export function exampleValues(test: string): Record<string, Value> {
  const {value} = readSource(test, 'test.yaml')
  const given = isRecord(value) && isRecord(value.variables) ? Object.entries(value.variables) : []
  return Object.fromEntries(given.filter((one): one is [string, Value] => isValue(one[1])))
}

function triggerOf(flow: Record<string, unknown>): string {
  const silent = () => {}
  const trigger = readTrigger(flow, silent, silent)
  if (trigger.type === 'keyword') return `keyword: ${trigger.keywords.join(', ')}`
  return trigger.type === 'schedule' ? `schedule: ${trigger.cron}` : trigger.type
}

/** Names that a text refers to, each once and in order. */
const referred = (text: string, reference: RegExp): string[] =>
  [...new Set([...text.matchAll(reference)].map((match) => match[1] ?? ''))].sort()

/** A flow and its test under another key. A name that is no key gives the key, and is kept as the name. */
export function renamedFlow(name: string, flow: string, test?: string): {flow: string; text: string; test?: string} {
  const key = slug(name)
  if (key === '') throw invalid('name', 'has no letter or digit that a key could be made of')
  const keyed = flow.replace(/^flow: .*$/m, () => `flow: ${key}`)
  const text = name === key ? keyed : keyed.replace(/^name: .*$/m, () => `name: ${JSON.stringify(name)}`)
  return {flow: key, text, test: test?.replace(/^flow: .*$/m, () => `flow: ${key}`)}
}
