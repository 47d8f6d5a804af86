import {PytakeError} from '../base/errors.ts'
import {didYouMean} from '../base/nearest.ts'
import {clashes, routeOf} from '../flow/route.ts'
import type {FlowDefinition} from '../flow/shape.ts'
import {missingThings, type MissingRule, type Numbers, numbersOf, type Reader} from './missing.ts'

/** Something that only shows when all flows of a tenant are looked at together. */
export interface WholeProblem {
  flow: string
  /** The flow that it clashes with. */
  other?: string
  node?: string
  /** Where it jumps to. */
  target?: string
  rule: 'keyword-clash' | 'dangling-jump' | 'missing-template' | MissingRule
  message: string
  /** What helps, usually a command. */
  step?: string
}

/** Where the files say something: a node of a flow, or its trigger. */
export type Places = ReadonlyMap<string, (node?: string) => string>

/** Checks what will be live together: keywords that two flows want, jumps that lead nowhere. Pure. */
export function wholeProblems(flows: readonly FlowDefinition[], numbers: Numbers = new Map()): WholeProblem[] {
  const routes = flows.map((flow) => routeOf({flow: flow.flow, trigger: withIds(flow.trigger, numbers)}))
  const found: WholeProblem[] = clashes(routes).map(({flows: [flow, other], message}) => ({
    flow,
    other,
    rule: 'keyword-clash',
    message,
  }))
  const keys = new Set(flows.map(({flow}) => flow))
  for (const flow of flows) {
    for (const {node, target} of jumpsOf(flow)) {
      if (keys.has(target)) continue
      const hint = didYouMean(target, keys)
      const message = `jump goes to "${target}", which is no flow here.${hint === undefined ? '' : ` ${hint}`}`
      found.push({flow: flow.flow, node, target, rule: 'dangling-jump', message})
    }
  }
  return found
}

/** What is live beside the flows that are deployed. */
interface Beside {
  /** Flows that stay. */
  kept: readonly {definition: FlowDefinition}[]
  /** Keys of flows that are taken off the air. */
  removed: ReadonlySet<string>
  /** What was found to be missing already. */
  missing?: readonly WholeProblem[]
  places?: Places
}

/** Refuses flows that do not go together with what stays live. Throws `INVALID_FILE` with every problem. */
export async function refuseProblems(
  reader: Reader,
  applied: readonly FlowDefinition[],
  {kept, removed, missing = [], places = new Map()}: Beside,
): Promise<void> {
  const twice = applied.find((flow, n) => applied.findIndex((other) => other.flow === flow.flow) !== n)
  if (twice) throw new PytakeError('INVALID_FILE', `Two files hold the flow "${twice.flow}".`)
  const keys = new Set(applied.map(({flow}) => flow))
  const all = [...applied, ...kept.map(({definition}) => definition)]
  const numbers = await numbersOf(reader)
  const together = wholeProblems(all, numbers).filter(
    ({flow, other, target}) =>
      keys.has(flow) || (other !== undefined && keys.has(other)) || (target !== undefined && removed.has(target)),
  )
  const problems = [...together, ...(await missingThings(reader, applied, {all, numbers})), ...missing]
  if (problems.length > 0) throw refusal(problems, places)
}

function refusal(problems: readonly WholeProblem[], places: Places): PytakeError {
  const details = problems.map(({flow, node, rule, message}) => {
    const place = places.get(flow)?.(node)
    return {
      field: node === undefined ? flow : `${flow}.${node}`,
      message,
      rule,
      ...(place === undefined ? {} : {place}),
    }
  })
  const [first] = details
  const one = [first?.place, `${first?.field}:`, first?.message].filter(Boolean).join(' ')
  const steps = new Set(problems.map(({step}) => step ?? 'See what is live: pytake flow list'))
  return new PytakeError(
    'INVALID_FILE',
    details.length === 1 ? one : `${details.length} problems keep this off the air.`,
    {
      details,
      help: ['Nothing was changed.', [...steps].join('; ')].join(' '),
    },
  )
}

/** So that numbers can be compared whatever way they were written. */
function withIds(trigger: FlowDefinition['trigger'], numbers: Numbers): FlowDefinition['trigger'] {
  if (trigger.type === 'none' || trigger.numbers === undefined) return trigger
  return {...trigger, numbers: trigger.numbers.map((one) => numbers.get(one) ?? one)}
}

const jumpsOf = (flow: FlowDefinition): {node: string; target: string}[] =>
  flow.nodes.flatMap(({id, type, data}) => {
    const target = type === 'jump' ? (data as {flow?: unknown}).flow : undefined
    return typeof target === 'string' ? [{node: id, target}] : []
  })
