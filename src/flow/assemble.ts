import {parseDuration} from '../base/duration.ts'
import {compileExpression, type Expression} from '../base/expression.ts'
import type {LanguageProblem} from '../base/language.ts'
import type {Names} from '../base/names.ts'
import {compileText, type Text} from '../base/text.ts'
import {type Assembled, type Behaviour, type Builder, type CompiledEdge, type CompiledNode, isGood} from './node.ts'
import type {Path, Report} from './problem.ts'
import {nodeTypes} from './registry.ts'
import {answerNames, flowNames} from './scope.ts'
import {withSecrets} from './secrets.ts'
import type {Vars} from './session.ts'
import type {FlowDefinition, NodeDefinition} from './shape.ts'

export const DEFAULT_EXPIRES = 24 * 3_600_000

/** A text or an expression of a flow, compiled, with its path in the definition. */
export interface Piece {
  /** The node it belongs to; an edge's condition belongs to the edge's source. */
  node: string
  path: Path
  text?: Text
  expression?: Expression
  /** It is the condition of an edge, read when the node has done its work. */
  edge?: boolean
}

type Notice = (piece: Piece) => void

/**
 * Builds every node and compiles everything in them. Problems go to `report`, with paths into the definition; what
 * could not be compiled is replaced by something harmless so that the rest is still checked. `notice` gets what was compiled.
 */
export function assemble(flow: FlowDefinition, report: Report, notice: Notice = () => {}): Assembled {
  const vars = declaredVariables(flow)
  const names = flowNames(Object.keys(vars))
  const edges = compileEdges(flow, names, report, notice)
  const nodes = new Map<string, CompiledNode>()
  for (const [index, node] of flow.nodes.entries()) {
    const own = edges.get(node.id) ?? []
    const type = nodeTypes[node.type]
    const behaviour = buildNode(
      {flow: flow.flow, node, edges: own, names, base: ['nodes', index, 'data']},
      report,
      notice,
    )
    nodes.set(node.id, {
      id: node.id,
      type: node.type,
      edges: own,
      behaviour,
      good: (outcome) => isGood(type.outcomes, outcome),
    })
  }
  const expires = flow.expires === undefined ? DEFAULT_EXPIRES : (parseDuration(flow.expires) ?? DEFAULT_EXPIRES)
  const start = flow.nodes.find((node) => node.type === 'start') ?? flow.nodes[0]
  return {start: start?.id ?? '', nodes, vars, expires}
}

function declaredVariables(flow: FlowDefinition): Vars {
  const vars: Vars = {}
  for (const node of flow.nodes) for (const name of nodeTypes[node.type].writes?.(node.data) ?? []) vars[name] = null
  return {...vars, ...flow.vars}
}

function compileEdges(flow: FlowDefinition, names: Names, report: Report, notice: Notice): Map<string, CompiledEdge[]> {
  const bySource = new Map<string, CompiledEdge[]>()
  for (const [index, {source, target, condition}] of flow.edges.entries()) {
    const own = bySource.get(source) ?? []
    bySource.set(source, own)
    const path = ['edges', index, 'condition']
    const compiled =
      condition === undefined
        ? undefined
        : checkedExpression(condition, names, 'bool', (p) => {
            report(path, {rule: 'expression', message: p.message, hint: p.hint, excerpt: {text: condition, at: p.at}})
          })
    if (compiled) notice({node: source, path, expression: compiled, edge: true})
    own.push({target, condition: compiled, namesOutcome: compiled?.uses.has('outcome') ?? false})
  }
  // File order, but the unconditional one last wherever it stands.
  for (const own of bySource.values()) own.sort((a, b) => Number(!a.condition) - Number(!b.condition))
  return bySource
}

const never: Expression = {source: 'false', uses: new Set(), paths: [], evaluate: () => false}
const silence: Text = {
  source: '',
  literal: '',
  uses: new Set(),
  paths: [],
  extent: () => ({least: 0, most: 0}),
  render: () => '',
}

function checkedExpression(
  source: string,
  names: Names,
  want: 'bool' | 'any',
  refuse: (problem: LanguageProblem) => void,
): Expression {
  const {expression, problem} = compileExpression(source, names, want)
  if (problem) refuse(problem)
  return expression ?? never
}

interface Place {
  flow: string
  node: NodeDefinition
  edges: readonly CompiledEdge[]
  names: Names
  /** Where the node's data stand. */
  base: Path
}

function buildNode({flow, node, edges, names, base}: Place, report: Report, notice: Notice): Behaviour {
  const refuse = (rule: 'expression' | 'template', path: Path, source: string) => (problem: LanguageProblem) => {
    for (const {message, hint, at} of [problem, ...(problem.others ?? [])])
      report([...base, ...path], {rule, message, hint, excerpt: {text: source, at}})
  }
  const builder: Builder = {
    flow,
    node: node.id,
    edges,
    report: (path, finding) => report([...base, ...path], finding),
    text(path, source, {escape, secrets} = {}) {
      const compileOne = (text: string) => compileText(text, names, escape)
      const {text, problem} = secrets ? withSecrets(source, compileOne) : compileOne(source)
      if (problem) refuse('template', path, source)(problem)
      if (!secrets && source.includes('${secret.'))
        builder.report(path, {rule: 'secret', message: 'Secrets may only be used in the request of an api_call.'})
      if (text) notice({node: node.id, path: [...base, ...path], text})
      return text ?? silence
    },
    expression(path, source, want = 'any') {
      const scope = want === 'answer' ? answerNames : names
      const compiled = checkedExpression(
        source,
        scope,
        want === 'bool' ? 'bool' : 'any',
        refuse('expression', path, source),
      )
      if (want !== 'answer') notice({node: node.id, path: [...base, ...path], expression: compiled})
      return compiled
    },
    duration(path, source) {
      const ms = parseDuration(source)
      if (!ms)
        builder.report(path, {
          rule: 'duration',
          message: `"${source}" is no duration. Write 90s, 30m, 24h, 2d or 1h30m.`,
        })
      return ms ?? DEFAULT_EXPIRES
    },
  }
  return nodeTypes[node.type].build(node.data, builder)
}
