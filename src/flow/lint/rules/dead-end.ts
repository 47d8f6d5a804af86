import type {LintRule} from '../rule.ts'

/** These mean nothing when nothing follows. */
const idle = new Set(['start', 'condition', 'wait'])
/** These end a session by themselves. */
const last = new Set(['end', 'transfer'])

export const deadEnd: LintRule = {
  id: 'dead-end',
  severity: 'warn',
  summary: 'A node leads nowhere and is no end.',
  explain: `A node without edges ends the session. In a flow that has "end" nodes elsewhere, one that just stops was probably
forgotten: the customer writes again and starts from the beginning. A start, a wait or a condition that leads nowhere has no
purpose in any flow. Give the node an edge, or lead it to an end and say so.`,
  bad: `flow: exemplo
nodes:
  - {id: pergunta, type: message, data: {text: "Posso ajudar?", buttons: [Sim, Não]}, next: ouve}
  - id: ouve
    type: wait
    next: [{if: "response == 'Sim'", to: sim}, fim]
  - {id: sim, type: message, data: {text: "Que bom!"}}
  - {id: fim, type: end}
`,
  good: `flow: exemplo
nodes:
  - {id: pergunta, type: message, data: {text: "Posso ajudar?", buttons: [Sim, Não]}, next: ouve}
  - id: ouve
    type: wait
    next: [{if: "response == 'Sim'", to: sim}, fim]
  - {id: sim, type: message, data: {text: "Que bom!"}, next: fim}
  - {id: fim, type: end}
`,
  check({flow, assembled, nodePath}, report) {
    const saysItsEnds = flow.nodes.some(({type}) => type === 'end')
    for (const {id, type, edges, behaviour} of assembled.nodes.values()) {
      const leaves = type === 'jump' && !behaviour.waits
      if (edges.length > 0 || last.has(type) || leaves || !(saysItsEnds || idle.has(type))) continue
      report([...nodePath(id), 'id'], {
        rule: 'dead-end',
        message: `Nothing follows "${id}", and it is no end.`,
        hint: 'Give it a "next", or lead it to a node of type end.',
      })
    }
  },
}
