import {PytakeError, type ErrorDetail} from '../base/errors.ts'
import {didYouMean} from '../base/nearest.ts'
import {compile} from '../flow/compile.ts'
import {choiceProblem} from '../flow/live-policy.ts'
import type {FlowDefinition, LiveChoice, LivePolicy} from '../flow/shape.ts'

/** What was said at the deploy about people who are inside; it goes before what the files say. */
export interface LiveOverrides {
  default?: LiveChoice
  flows?: Readonly<Record<string, LivePolicy>>
}

/** The policy that holds for one flow of a deploy. */
export function policyOf({flow, live}: FlowDefinition, overrides: LiveOverrides = {}): LivePolicy {
  const own = overrides.flows?.[flow]
  return {
    default: own?.default ?? overrides.default ?? live?.default ?? 'finish',
    nodes: {...live?.nodes, ...own?.nodes},
  }
}

/** Throws `VALIDATION_ERROR` for a flow that is not deployed and for a node or text that its flow does not know. */
export function checkOverrides(flows: readonly FlowDefinition[], overrides: LiveOverrides | undefined): void {
  if (!overrides) return
  const details: ErrorDetail[] = []
  const keys = flows.map(({flow}) => flow)
  for (const flow of Object.keys(overrides.flows ?? {})) {
    if (keys.includes(flow)) continue
    const message = [`"${flow}" is not among the flows of this deploy.`, didYouMean(flow, keys)]
    details.push({field: `live.flows.${flow}`, message: message.filter(Boolean).join(' ')})
  }
  if (details.length === 0) for (const flow of flows) details.push(...unknownPlaces(flow, overrides))
  if (details.length === 0) return
  throw new PytakeError('VALIDATION_ERROR', details.map(({message}) => message).join(' '), {details})
}

function unknownPlaces(flow: FlowDefinition, overrides: LiveOverrides): ErrorDetail[] {
  const own = overrides.flows?.[flow.flow]
  const choices = [own?.default ?? overrides.default, ...Object.values(own?.nodes ?? {})]
  const nodes = new Set(flow.nodes.map(({id}) => id))
  const said = choices.filter((choice) => choice !== undefined)
  if (said.every((choice) => typeof choice === 'string')) return []
  const vars = Object.keys(compile(flow, '').vars)
  return said.flatMap((choice) => {
    const problem = choiceProblem(choice, nodes, vars)
    if (!problem) return []
    const {message, hint} = problem.finding
    return [{field: `live.flows.${flow.flow}`, message: [`${flow.flow}: ${message}`, hint].filter(Boolean).join(' ')}]
  })
}
