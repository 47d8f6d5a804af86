import {z} from 'zod'
import {parseDuration} from '../base/duration.ts'
import {fold} from '../base/fold.ts'
import {isRecord} from '../base/json.ts'
import {assemble, type Piece} from './assemble.ts'
import {canaryRuleProblem} from './canary-rule.ts'
import {checkEdges, readEdges} from './edges.ts'
import {checkGraph} from './graph.ts'
import type {Assembled} from './node.ts'
import {choiceProblem} from './live-policy.ts'
import {readNodes} from './node-list.ts'
import type {Finding, Path, Problem, Report} from './problem.ts'
import {issueReporter, reportInput} from './schema-issues.ts'
import type {Json, Vars} from './session.ts'
import type {FlowDefinition, LiveChoice} from './shape.ts'
import {readSource} from './source.ts'
import {readTrigger} from './trigger.ts'
import {VariableName} from './values.ts'
import {substitute} from './variables.ts'

export type {Problem} from './problem.ts'
export type {FlowDefinition} from './shape.ts'

export const MOST_NODES = 1_000
/** After so many the rest of a file is not looked at. */
const MOST_PROBLEMS = 100
const MOST_EDGES = 10_000
const LONGEST_LIFE = 30 * 86_400_000
/** Length of what people are told when a deploy ends their session. */
const MOST_LAST_WORDS = 4096

/** What a file says, as far as it could be read. */
export interface FlowParts {
  /** Nodes that could not be read stand in as nodes that do nothing. */
  flow: FlowDefinition
  assembled: Assembled
  /** Every text and expression, with its path in the file. */
  pieces: Piece[]
  /** The path of a node in the file. */
  nodePath: (id: string) => Path
  /** The path of an edge's target in the file, by its place in `flow.edges`. */
  edgePath: (index: number) => Path
  /** The path of its condition. */
  conditionPath: (index: number) => Path
}

/** A flow file that was read: the definition when it has no errors, and everything that is wrong with it. */
export interface LoadedFlow {
  flow?: FlowDefinition
  /** Absent when the file holds no object at all. */
  parts?: FlowParts
  problems: Problem[]
  /** What the file holds, before anything of it was checked or filled in. */
  raw?: unknown
  /** Turns a finding about a path into a problem with file, line and column. */
  locate: (path: Path, finding: Finding) => Problem
  /** Where each node begins, for messages about it. */
  positions: Map<string, {line: number; column: number}>
}

/** What becomes of people who are inside, as it is written. */
export const LiveChoiceSource = z.union(
  [
    z.enum(['finish', 'restart', 'end']),
    z.strictObject({end: z.string().min(1).max(MOST_LAST_WORDS)}),
    z.strictObject({move: z.string()}),
  ],
  {error: 'Write finish, restart, end, {end: text} or {move: node}.'},
)

export const LivePolicySource = z.strictObject({
  default: LiveChoiceSource.optional(),
  nodes: z.record(z.string(), LiveChoiceSource).optional(),
})

/** A flow file without what nodes, edges and triggers say themselves. */
export const FlowHead = z.strictObject({
  /** For editors. */
  $schema: z.string().optional(),
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
  live: LivePolicySource.optional(),
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
  const problems = source.problems.slice(0, MOST_PROBLEMS)
  const positions: LoadedFlow['positions'] = new Map()
  const {locate, value: raw} = source
  if (problems.length > 0) return {problems, positions, locate}
  const unset = new Set<string>()
  const report: Report = (path, finding) => {
    const place = JSON.stringify(path)
    // What has no value cannot have the wrong form either.
    if (finding.rule === 'unknown-variable') unset.add(place)
    else if (unset.has(place)) return
    if (problems.length === MOST_PROBLEMS) throw new TooManyProblems()
    problems.push(locate(path, finding))
  }
  const place: Place = (id, path) => {
    const {line, column} = locate(path, {rule: 'syntax', message: ''})
    positions.set(id, {line, column})
  }
  const parts = readObject(substitute(raw, variables, report), report, place)
  problems.sort((a, b) => a.line - b.line || a.column - b.column)
  const flow = problems.some((problem) => problem.severity === 'error') ? undefined : parts?.flow
  return {flow, parts, problems, positions, locate, raw}
}

class TooManyProblems extends Error {}

function readObject(value: unknown, report: Report, place: Place): FlowParts | undefined {
  try {
    if (isRecord(value)) return readFlow(value, report, place)
    report([], {rule: 'syntax', message: 'A flow file holds one object with flow, name, trigger, nodes and edges.'})
  } catch (error) {
    if (!(error instanceof TooManyProblems)) throw error
  }
  return undefined
}

type Place = (id: string, path: Path) => void

function readFlow(value: Record<string, unknown>, report: Report, place: Place): FlowParts {
  const issues = issueReporter(report)
  const head = FlowHead.safeParse(value, reportInput)
  if (!head.success) issues(head.error, [], FlowHead)
  const trigger = readTrigger(value, report, issues)
  const raw = Array.isArray(value.nodes) ? value.nodes : []
  if (raw.length > MOST_NODES)
    report(['nodes'], {rule: 'limit', at: 'key', message: `${raw.length} nodes; ${MOST_NODES} are allowed.`})
  const {nodes, edges, declared, paths} = readNodes(raw.slice(0, MOST_NODES), report, place)
  const listed = Array.isArray(value.edges) ? value.edges : []
  if (listed.length > MOST_EDGES)
    report(['edges'], {rule: 'limit', at: 'key', message: `${listed.length} edges; ${MOST_EDGES} are allowed.`})
  const all = [...edges, ...readEdges(listed.slice(0, MOST_EDGES), edges, report)]
  checkEdges(nodes, all, report)
  const flow: FlowDefinition = {
    ...headOf(head.success ? head.data : readableHead(value), value, report),
    trigger,
    nodes,
    edges: all.map(({source, target, condition}) =>
      condition === undefined ? {source, target} : {source, target, condition},
    ),
  }
  const vars =
    declared.length > 0 ? {...Object.fromEntries(declared.map((name) => [name, null])), ...flow.vars} : flow.vars
  /** Paths of `assemble` count what could be read; in the file edges also stand in a node's `next`. */
  const placed = ([first, index, ...rest]: Path): Path => {
    if (first === 'edges') return all[Number(index)]?.conditionPath ?? []
    return first === 'nodes' ? [...(paths[Number(index)] ?? []), ...rest] : [first ?? '', index ?? '', ...rest]
  }
  const reportPlaced: Report = (path, finding) => report(placed(path), finding)
  const pieces: Piece[] = []
  const notice = (piece: Piece) => pieces.push({...piece, path: placed(piece.path)})
  const assembled = assemble({...flow, vars}, reportPlaced, notice)
  checkGraph(flow, assembled, reportPlaced)
  checkLive(flow, assembled.vars, report)
  checkCanary(flow, report)
  const byId = new Map(nodes.map(({id}, index) => [id, paths[index] ?? []]))
  return {
    flow,
    assembled,
    pieces,
    nodePath: (id) => byId.get(id) ?? [],
    edgePath: (index) => all[index]?.targetPath ?? [],
    conditionPath: (index) => all[index]?.conditionPath ?? [],
  }
}

/** The keys that are right: one that is wrong takes none of the others with it. */
function readableHead(value: Record<string, unknown>): Partial<z.output<typeof FlowHead>> {
  const read = Object.entries(FlowHead.shape).map(([key, schema]) => [key, schema.safeParse(value[key]).data] as const)
  return Object.fromEntries(read.filter(([, item]) => item !== undefined))
}

function headOf(head: Partial<z.output<typeof FlowHead>>, value: Record<string, unknown>, report: Report) {
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
    vars,
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

function checkCanary({canary}: FlowDefinition, report: Report) {
  const source = canary?.abort_when
  const problem = source === undefined ? undefined : canaryRuleProblem(source)
  if (!problem || source === undefined) return
  const {message, hint, at} = problem
  report(['canary', 'abort_when'], {rule: 'expression', message, hint, excerpt: {text: source, at}})
}

function checkLive({nodes, live}: FlowDefinition, vars: Vars, report: Report) {
  const ids = new Set(nodes.map((node) => node.id))
  const choices: [Path, LiveChoice | undefined][] = [[['live', 'default'], live?.default]]
  for (const [node, choice] of Object.entries(live?.nodes ?? {})) choices.push([['live', 'nodes', node], choice])
  for (const [path, choice] of choices) {
    const found = choice === undefined ? undefined : choiceProblem(choice, ids, Object.keys(vars))
    if (found) report([...path, found.key], found.finding)
  }
}
