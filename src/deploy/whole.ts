import {didYouMean} from '../base/nearest.ts'
import {PytakeError} from '../base/errors.ts'
import {clashes, routeOf} from '../flow/route.ts'
import type {FlowDefinition} from '../flow/shape.ts'
import type {Tx} from '../store/database.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'

/** Something that only shows when all flows of a tenant are looked at together. */
export interface WholeProblem {
  flow: string
  /** The flow that it clashes with. */
  other?: string
  node?: string
  rule: 'keyword-clash' | 'dangling-jump'
  message: string
}

/** Every name of each number, so that `trigger.numbers` can be compared whatever way it was written. */
type Numbers = ReadonlyMap<string, string>

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
      found.push({flow: flow.flow, node, rule: 'dangling-jump', message})
    }
  }
  return found
}

/** Refuses flows that do not go together with what stays live. Throws `INVALID_FILE` with every problem. */
export async function refuseProblems(tx: Tx<TenantSchema>, applied: readonly FlowDefinition[]): Promise<void> {
  const twice = applied.find((flow, n) => applied.findIndex((other) => other.flow === flow.flow) !== n)
  if (twice) throw new PytakeError('INVALID_FILE', `Two files hold the flow "${twice.flow}".`)
  const keys = new Set(applied.map(({flow}) => flow))
  const live = await liveDefinitions(tx)
  const all = [...applied, ...live.filter(({flow}) => !keys.has(flow))]
  const problems = wholeProblems(all, await numbersOf(tx)).filter(
    ({flow, other}) => keys.has(flow) || (other !== undefined && keys.has(other)),
  )
  if (problems.length === 0) return
  throw new PytakeError('INVALID_FILE', problems.map(({message}) => message).join(' '), {
    details: problems.map(({flow, node, rule, message}) => ({
      field: node === undefined ? flow : `${flow}.${node}`,
      message,
      rule,
    })),
    help: 'Nothing was changed. See what is live: pytake flow list',
  })
}

async function liveDefinitions(tx: Tx<TenantSchema>): Promise<FlowDefinition[]> {
  const rows = await tx.db
    .selectFrom('flows')
    .innerJoin('flow_releases', (on) =>
      on.onRef('flow_releases.flow_id', '=', 'flows.id').onRef('flow_releases.version', '=', 'flows.version'),
    )
    .select('flow_releases.definition')
    .where('flows.is_active', '=', true)
    .execute()
  return rows.map(({definition}) => definition as unknown as FlowDefinition)
}

async function numbersOf(tx: Tx<TenantSchema>): Promise<Numbers> {
  const rows = await tx.db
    .selectFrom('whatsapp_configs')
    .select(['id', 'name', 'phone_number'])
    .where('removed_at', 'is', null)
    .execute()
  return new Map(rows.flatMap(({id, name, phone_number: phone}) => [id, name, phone].map((one) => [one, id] as const)))
}

function withIds(trigger: FlowDefinition['trigger'], numbers: Numbers): FlowDefinition['trigger'] {
  if (trigger.type === 'none' || trigger.numbers === undefined) return trigger
  return {...trigger, numbers: trigger.numbers.map((one) => numbers.get(one) ?? one)}
}

const jumpsOf = (flow: FlowDefinition): {node: string; target: string}[] =>
  flow.nodes.flatMap(({id, type, data}) => {
    const target = type === 'jump' ? (data as {flow?: unknown}).flow : undefined
    return typeof target === 'string' ? [{node: id, target}] : []
  })
