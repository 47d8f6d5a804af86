import {z} from 'zod'
import {parseDuration} from '../base/duration.ts'
import {fold} from '../base/fold.ts'
import {isRecord} from '../base/json.ts'
import {didYouMean} from '../base/nearest.ts'
import {assemble} from './assemble.ts'
import {checkEdges, readEdges, type PlacedEdge} from './edges.ts'
import {checkGraph} from './graph.ts'
import type {Path, Problem, Report} from './problem.ts'
import {readNodes} from './node-list.ts'
import {issueReporter, reportInput} from './schema-issues.ts'
import type {Json} from './session.ts'
import type {FlowDefinition} from './shape.ts'
import {readSource} from './source.ts'
import {readTrigger} from './trigger.ts'
import {VariableName} from './values.ts'
import {substitute} from './variables.ts'

export type {Problem} from './problem.ts'
export type {FlowDefinition} from './shape.ts'

export const MOST_NODES = 1_000
const LONGEST_LIFE = 30 * 86_400_000

/** A flow file that was read: the definition when it has no errors, and everything that is wrong with it. */
export interface LoadedFlow {
  flow?: FlowDefinition
  problems: Problem[]
  /** Where each node begins, for messages about it. */
  positions: Map<string, {line: number; column: number}>
}

const LiveChoice = z.union([z.enum(['finish', 'end']), z.strictObject({move: z.string()})], {
  error: 'Write finish, end or {move: node}.',
})

const Head = z.strictObject({
  id: z.string().optional(),
  flow: z
    .string()
    .regex(/^[a-z0-9-]{1,64}$/, 'The key of a flow is 1 to 64 of a-z, 0-9 and -.')
    .optional(),
  name: z.string().min(1).max(255).optional(),
  description: z.string().nullish(),
  trigger: z.unknown().optional(),
  trigger_value: z.string().nullish(),
  vars: z.union([z.record(VariableName, z.json()), z.array(VariableName)]).optional(),
  expires: z.string().optional(),
  live: z.strictObject({default: LiveChoice.optional(), nodes: z.record(z.string(), LiveChoice).optional()}).optional(),
  canary: z.strictObject({abort_when: z.string().optional(), min_sessions: z.int().min(1).optional()}).optional(),
  nodes: z.array(z.unknown()).min(1, 'A flow needs nodes.'),
  edges: z.array(z.unknown()).optional(),
})

/**
 * Reads one flow, YAML or JSON, and checks everything that `flow apply` has to refuse. Never throws. `variables` are the
 * values of `${var.NAME}`.
 */
export function loadFlow(
  text: string,
  file: string,
  {variables = {}}: {variables?: Readonly<Record<string, Json>>} = {},
): LoadedFlow {
  const source = readSource(text, file)
  const problems = [...source.problems]
  const positions: LoadedFlow['positions'] = new Map()
  if (problems.length > 0) return {problems, positions}
  const report: Report = (path, finding) => problems.push(source.locate(path, finding))
  const value = substitute(source.value, variables, report)
  if (!isRecord(value)) {
    report([], {rule: 'syntax', message: 'A flow file holds one object with flow, name, trigger, nodes and edges.'})
    return {problems, positions}
  }
  const flow = readFlow(value, report, (id, path) => {
    const {line, column} = source.locate(path, {rule: 'syntax', message: ''})
    positions.set(id, {line, column})
  })
  problems.sort((a, b) => a.line - b.line || a.column - b.column)
  return {flow: problems.some((problem) => problem.severity === 'error') ? undefined : flow, problems, positions}
}

type Place = (id: string, path: Path) => void

function readFlow(value: Record<string, unknown>, report: Report, place: Place): FlowDefinition | undefined {
  const issues = issueReporter(report)
  const head = Head.safeParse(value, reportInput)
  if (!head.success) issues(head.error, [], Object.keys(Head.shape))
  const trigger = readTrigger(value, report, issues)
  const raw = Array.isArray(value.nodes) ? value.nodes : []
  if (raw.length > MOST_NODES)
    report(['nodes'], {rule: 'limit', at: 'key', message: `${raw.length} nodes; ${MOST_NODES} are allowed.`})
  const {nodes, edges, declared} = readNodes(raw.slice(0, MOST_NODES), report, place)
  const all = [...edges, ...readEdges(Array.isArray(value.edges) ? value.edges : [], edges, report)]
  checkEdges(nodes, all, report)
  const flow: FlowDefinition = {
    ...headOf(head.success ? head.data : {}, value, report),
    trigger,
    nodes,
    edges: all.map(({source, target, condition}) =>
      condition === undefined ? {source, target} : {source, target, condition},
    ),
  }
  const vars =
    declared.length > 0 ? {...Object.fromEntries(declared.map((name) => [name, null])), ...flow.vars} : flow.vars
  const assembled = assemble({...flow, vars}, (path, finding) => report(placed(path, all), finding))
  checkGraph(flow, assembled, report)
  checkLive(flow, report)
  return flow
}

/** Paths of `assemble` count all edges; in the file they stand in `edges` or in a node's `next`. */
function placed(path: Path, edges: PlacedEdge[]): Path {
  const edge = path[0] === 'edges' ? edges[Number(path[1])] : undefined
  return edge ? edge.conditionPath : path
}

function headOf(head: Partial<z.output<typeof Head>>, value: Record<string, unknown>, report: Report) {
  const name = head.name ?? head.flow ?? ''
  const flow = head.flow ?? slug(name)
  if (name === '' && value.name === undefined && value.flow === undefined)
    report([], {rule: 'missing-key', message: 'A flow needs "flow" (its key) or "name".'})
  else if (flow === '' && value.flow === undefined)
    report(['name'], {rule: 'missing-key', message: 'No key can be made of this name; set "flow".'})
  const life = head.expires === undefined ? undefined : parseDuration(head.expires)
  if (head.expires !== undefined && (!life || life > LONGEST_LIFE))
    report(['expires'], {rule: 'duration', message: `"${head.expires}" is no duration up to 30d.`})
  const vars = Array.isArray(head.vars) ? Object.fromEntries(head.vars.map((one) => [one, null])) : head.vars
  const {description, expires, live, canary} = head
  return {
    flow,
    name,
    description: description ?? undefined,
    vars: vars,
    expires,
    live,
    canary,
  }
}

/** A key made of a name: `Atendimento Inicial` gives `atendimento-inicial`. */
export function slug(name: string): string {
  return fold(name)
    .replace(/[^a-z0-9]+/g, '-')
    .replace(/^-|-$/g, '')
    .slice(0, 64)
}

function checkLive({nodes, live}: FlowDefinition, report: Report) {
  const ids = new Set(nodes.map((node) => node.id))
  for (const [node, choice] of Object.entries(live?.nodes ?? {})) {
    if (typeof choice === 'object' && !ids.has(choice.move)) {
      const hint = didYouMean(choice.move, ids)
      report(['live', 'nodes', node, 'move'], {
        rule: 'dangling-edge',
        message: `"${choice.move}" is no node of this flow.`,
        hint,
      })
    }
  }
}
