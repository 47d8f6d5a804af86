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
    const {flow, pieces} = subject
    const settable = settableVariables(subject)
    const told = new Set<string>()
    for (const {node, path, text, expression, edge} of pieces) {
      const here = settable.get(node)
      for (const [root, name] of text?.paths ?? expression?.paths ?? []) {
        if (root !== 'vars' || name === undefined || !here || Object.hasOwn(flow.vars ?? {}, name)) continue
        const key = `${path.join('.')} ${name}`
        if ((edge ? here.after : here.before)(name) || told.has(key)) continue
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

/** Whether some way from the start sets a variable before a node is entered, and when it is left. */
interface Settable {
  before(this: void, name: string): boolean
  after(this: void, name: string): boolean
}

const WORD = 32

/**
 * Carries what may be set along the edges until nothing is added: one bit per variable, because a large flow has hundreds of
 * both. Nodes that nothing leads to are left out.
 */
function settableVariables({flow, assembled: {nodes, start}}: Subject): Map<string, Settable> {
  const writes = new Map(flow.nodes.map(({id, type, data}) => [id, nodeTypes[type].writes?.(data) ?? []]))
  const numbers = new Map([...new Set([...writes.values()].flat())].map((name, index) => [name, index]))
  const size = Math.ceil(numbers.size / WORD)
  const has = (bits: Uint32Array, name: string) => {
    const number = numbers.get(name) ?? 0
    return (((bits[Math.floor(number / WORD)] ?? 0) >>> (number % WORD)) & 1) === 1
  }
  const leaving = (id: string, entering: Uint32Array) => {
    const bits = entering.slice()
    for (const name of writes.get(id) ?? []) {
      const number = numbers.get(name) ?? 0
      bits[Math.floor(number / WORD)] = (bits[Math.floor(number / WORD)] ?? 0) | (1 << (number % WORD))
    }
    return bits
  }
  const entering = new Map([[start, new Uint32Array(size)]])
  for (let changed = true; changed;) {
    changed = false
    // Nodes that are reached on the way come in the same round, in the order of the conversation: few rounds are enough.
    for (const [id, bits] of entering) {
      const after = leaving(id, bits)
      for (const {target} of nodes.get(id)?.edges ?? []) changed = spread(after, target, entering) || changed
    }
  }
  return new Map(
    [...entering].map(([id, bits]) => {
      const after = leaving(id, bits)
      return [id, {before: (name) => has(bits, name), after: (name) => has(after, name)}]
    }),
  )
}

/** Adds bits to those of a node; true when that changed something, or the node was never reached. */
function spread(bits: Uint32Array, target: string, entering: Map<string, Uint32Array>): boolean {
  const known = entering.get(target)
  if (!known) {
    entering.set(target, bits.slice())
    return true
  }
  let changed = false
  for (const [index, word] of bits.entries()) {
    const before = known[index] ?? 0
    known[index] = before | word
    changed ||= known[index] !== before
  }
  return changed
}
