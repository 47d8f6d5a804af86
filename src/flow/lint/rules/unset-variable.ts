import type {CompiledNode} from '../../node.ts'
import {nodeTypes} from '../../registry.ts'
import type {LintRule, Subject} from '../rule.ts'

export const unsetVariable: LintRule = {
  id: 'unset-variable',
  severity: 'warn',
  summary: 'A variable is read where no path has set it yet.',
  explain: `The variable is set somewhere in the flow, but on no way from the start to this place: it is null here, whatever the
customer did. Templates print nothing for it, and comparisons with it are false. Set it earlier. If it comes from a campaign or
from a flow that jumps here, or if null is what you mean, declare it with its first value under "vars".`,
  bad: `flow: exemplo
nodes:
  - {id: ola, type: message, data: {text: "Olá {{ vars.nome }}! Como você se chama?"}, next: ouve}
  - {id: ouve, type: wait, data: {save_as: nome}, next: prazer}
  - {id: prazer, type: message, data: {text: "Prazer, {{ vars.nome | first_name }}!"}}
`,
  good: `flow: exemplo
nodes:
  - {id: ola, type: message, data: {text: "Olá! Como você se chama?"}, next: ouve}
  - {id: ouve, type: wait, data: {save_as: nome}, next: prazer}
  - {id: prazer, type: message, data: {text: "Prazer, {{ vars.nome | first_name }}!"}}
`,
  check(subject, report) {
    const {flow, assembled, pieces} = subject
    const writers = writersOf(subject)
    const reached = reachFrom(assembled.nodes, [assembled.start])
    const setAt = new Map<string, ReadonlySet<string>>()
    const told = new Set<string>()
    for (const {node, path, text, expression, edge} of pieces) {
      for (const [root, name] of text?.paths ?? expression?.paths ?? []) {
        if (root !== 'vars' || name === undefined || Object.hasOwn(flow.vars ?? {}, name)) continue
        const own = writers.get(name) ?? []
        if (edge && own.includes(node)) continue
        const set = setAt.get(name) ?? reachFrom(assembled.nodes, targetsOf(assembled.nodes, own))
        setAt.set(name, set)
        const key = `${path.join('.')} ${name}`
        if (set.has(node) || !reached.has(node) || told.has(key)) continue
        told.add(key)
        const source = text?.source ?? expression?.source ?? ''
        report(path, {
          rule: 'unset-variable',
          message: `"vars.${name}" is read here, but no way to "${node}" sets it.`,
          hint: `Set it before, or declare it: vars: {${name}: …}.`,
          excerpt: {text: source, at: Math.max(source.indexOf(`vars.${name}`), 0)},
        })
      }
    }
  },
}

type Nodes = ReadonlyMap<string, CompiledNode>

function writersOf({flow}: Subject): Map<string, string[]> {
  const writers = new Map<string, string[]>()
  for (const {id, type, data} of flow.nodes) {
    for (const name of nodeTypes[type].writes?.(data) ?? []) writers.set(name, [...(writers.get(name) ?? []), id])
  }
  return writers
}

const targetsOf = (nodes: Nodes, ids: readonly string[]) =>
  ids.flatMap((id) => nodes.get(id)?.edges.map(({target}) => target) ?? [])

function reachFrom(nodes: Nodes, from: readonly string[]): Set<string> {
  const reached = new Set<string>()
  const todo = [...from]
  for (let id = todo.pop(); id !== undefined; id = todo.pop()) {
    if (reached.has(id)) continue
    reached.add(id)
    todo.push(...targetsOf(nodes, [id]))
  }
  return reached
}
