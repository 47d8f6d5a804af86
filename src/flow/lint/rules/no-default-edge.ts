import {nodeTypes} from '../../registry.ts'
import {takes} from '../edge-outcomes.ts'
import type {LintRule} from '../rule.ts'

export const noDefaultEdge: LintRule = {
  id: 'no-default-edge',
  severity: 'warn',
  summary: 'It can happen that none of a node’s edges fits.',
  explain: `When a node is done and none of its conditions is true, the session fails (reason: no_edge) and the customer gets no
answer. A wait, and a message that waits for its answer, ask again instead; every other node needs an edge without a condition,
which is tried last, or conditions on "outcome" that cover every good outcome. A condition that cannot be worked out (a null, a
text where a number is expected) is not true either.`,
  bad: `flow: exemplo
vars: {valor: 10}
nodes:
  - id: decide
    type: condition
    next: [{if: "vars.valor > 100", to: caro}, {if: "vars.valor <= 100", to: barato}]
  - {id: caro, type: message, data: {text: "É um plano grande."}}
  - {id: barato, type: message, data: {text: "É um plano pequeno."}}
`,
  good: `flow: exemplo
vars: {valor: 10}
nodes:
  - id: decide
    type: condition
    next: [{if: "vars.valor > 100", to: caro}, barato]
  - {id: caro, type: message, data: {text: "É um plano grande."}}
  - {id: barato, type: message, data: {text: "É um plano pequeno."}}
`,
  check({flow, assembled, nodePath}, report) {
    for (const {id, type, data} of flow.nodes) {
      const node = assembled.nodes.get(id)
      // Nodes that wait ask again instead of failing.
      if (!node || node.edges.length === 0 || node.behaviour.reask) continue
      const decides = type !== 'condition' || (data as {expression?: string}).expression !== undefined
      const outcomes = decides ? nodeTypes[type].outcomes.good : ['true']
      const open = outcomes.filter((outcome) => !node.edges.some((edge) => takes(node, edge, outcome) === 'yes'))
      if (open.length === 0) continue
      const when = type === 'condition' ? '' : ` after "${open.join('" or "')}"`
      report([...nodePath(id), 'id'], {
        rule: 'no-default-edge',
        message: `No edge of "${id}" is sure to fit${when}; the session would fail.`,
        hint: 'Let its last edge have no condition.',
      })
    }
  },
}
