import {PytakeError} from '../base/errors.ts'
import {didYouMean} from '../base/nearest.ts'
import {clashes, routeOf} from '../flow/route.ts'
import {secretsIn} from '../flow/secrets.ts'
import type {FlowDefinition} from '../flow/shape.ts'
import type {Tx} from '../store/database.ts'
import type {TenantSchema} from '../store/schema/tenant.ts'

/** Something that only shows when all flows of a tenant are looked at together. */
export interface WholeProblem {
  flow: string
  /** The flow that it clashes with. */
  other?: string
  node?: string
  /** Where it jumps to. */
  target?: string
  rule: 'keyword-clash' | 'dangling-jump' | MissingRule
  message: string
}

type MissingRule = 'missing-secret' | 'missing-connection'

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
}

/** Refuses flows that do not go together with what stays live. Throws `INVALID_FILE` with every problem. */
export async function refuseProblems(
  reader: Pick<Tx<TenantSchema>, 'db'>,
  applied: readonly FlowDefinition[],
  {kept, removed}: Beside,
): Promise<void> {
  const twice = applied.find((flow, n) => applied.findIndex((other) => other.flow === flow.flow) !== n)
  if (twice) throw new PytakeError('INVALID_FILE', `Two files hold the flow "${twice.flow}".`)
  const keys = new Set(applied.map(({flow}) => flow))
  const all = [...applied, ...kept.map(({definition}) => definition)]
  const together = wholeProblems(all, await numbersOf(reader)).filter(
    ({flow, other, target}) =>
      keys.has(flow) || (other !== undefined && keys.has(other)) || (target !== undefined && removed.has(target)),
  )
  const problems = [
    ...together,
    ...(await missingSecrets(reader, applied)),
    ...(await missingConnections(reader, applied)),
  ]
  if (problems.length === 0) return
  throw new PytakeError('INVALID_FILE', problems.map(({message}) => message).join(' '), {
    details: problems.map(({flow, node, rule, message}) => ({
      field: node === undefined ? flow : `${flow}.${node}`,
      message,
      rule,
    })),
    help: helpFor(problems),
  })
}

const nextStep = {
  'missing-secret': 'Set it: pytake secret set NAME --file FILE',
  'missing-connection': 'See what is connected: pytake erp list',
}

function helpFor(problems: readonly WholeProblem[]): string {
  const rules = new Set(problems.map(({rule}) => rule))
  const [rule] = rules
  const step = rules.size === 1 && rule !== undefined && rule in nextStep ? nextStep[rule as MissingRule] : undefined
  return `Nothing was changed. ${step ?? 'See what is live: pytake flow list'}`
}

/** A call that names a secret nobody set would fail at the first customer who gets there. */
async function missingSecrets(
  {db}: Pick<Tx<TenantSchema>, 'db'>,
  applied: readonly FlowDefinition[],
): Promise<WholeProblem[]> {
  const wanted = applied.flatMap(({flow, nodes}) =>
    nodes.flatMap(({id, data}) => secretsIn(data).map((name) => ({flow, node: id, name}))),
  )
  if (wanted.length === 0) return []
  const rows = await db.selectFrom('secrets').select('name').execute()
  const known = new Set(rows.map(({name}) => name))
  return wanted
    .filter(({name}) => !known.has(name))
    .map(({flow, node, name}) => {
      const hint = didYouMean(name, known)
      const message = `The secret "${name}" is not set here.${hint === undefined ? '' : ` ${hint}`}`
      return {flow, node, rule: 'missing-secret' as const, message}
    })
}

/** A look-up in an ERP that nobody connected would fail at every customer. Which one is meant is decided as at the call. */
async function missingConnections(
  {db}: Pick<Tx<TenantSchema>, 'db'>,
  applied: readonly FlowDefinition[],
): Promise<WholeProblem[]> {
  const wanted = applied.flatMap(({flow, nodes}) =>
    nodes.flatMap(({id, type, data}) =>
      type === 'erp' ? [{flow, node: id, name: (data as {connection?: string}).connection}] : [],
    ),
  )
  if (wanted.length === 0) return []
  const rows = await db.selectFrom('erp_connections').select(['id', 'name', 'is_default']).execute()
  const names = new Set(rows.flatMap(({id, name}) => [id, name]))
  const marked = rows.filter((row) => row.is_default)
  const meant = marked.length > 0 ? marked : rows
  return wanted.flatMap(({flow, node, name}) => {
    const message = name === undefined ? meantProblem(meant.length) : unknownConnection(name, names)
    return message === undefined ? [] : [{flow, node, rule: 'missing-connection' as const, message}]
  })
}

function meantProblem(count: number): string | undefined {
  if (count === 1) return undefined
  return count === 0
    ? 'No ERP is connected here.'
    : 'Several ERPs are connected here and none is the default: name one with connection.'
}

function unknownConnection(name: string, names: ReadonlySet<string>): string | undefined {
  if (names.has(name)) return undefined
  const hint = didYouMean(name, names)
  return `The ERP connection "${name}" is not there.${hint === undefined ? '' : ` ${hint}`}`
}

async function numbersOf({db}: Pick<Tx<TenantSchema>, 'db'>): Promise<Numbers> {
  const rows = await db
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
