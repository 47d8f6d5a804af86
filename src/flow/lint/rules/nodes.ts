import type {LintRule} from '../rule.ts'

const flow = (second: string, third = '{id: fim, type: end}') => `flow: exemplo
nodes:
  - {id: pergunta, type: message, data: {text: "Posso ajudar?"}, next: ouve}
  - ${second}
  - ${third}
`

export const unknownNodeType: LintRule = {
  id: 'unknown-node-type',
  severity: 'error',
  fixed: true,
  summary: 'The type of a node is none that PyTake knows.',
  explain: `Nodes are of these types: start, message, wait, condition, api_call, set_variable, end, transfer and jump.`,
  bad: flow('{id: ouve, type: wiat, next: fim}'),
  good: flow('{id: ouve, type: wait, next: fim}'),
}

export const duplicateNode: LintRule = {
  id: 'duplicate-node',
  severity: 'error',
  fixed: true,
  summary: 'Two nodes have the same id.',
  explain: `Edges, sessions and reports name a node by its id, so it can stand for one node only.`,
  bad: flow(
    '{id: ouve, type: wait, next: fim}',
    '{id: fim, type: end}\n  - {id: fim, type: end, data: {outcome: nada}}',
  ),
  good: flow('{id: ouve, type: wait, next: fim}'),
}

export const twoStarts: LintRule = {
  id: 'two-starts',
  severity: 'error',
  fixed: true,
  summary: 'A flow has more than one start.',
  explain: `A session begins at the node of type start, or at the first node when there is none. With two of them nobody could say where.`,
  bad: `flow: exemplo
nodes:
  - {id: inicio, type: start, next: outro}
  - {id: outro, type: start, next: ola}
  - {id: ola, type: message, data: {text: "Olá!"}}
`,
  good: `flow: exemplo
nodes:
  - {id: inicio, type: start, next: ola}
  - {id: ola, type: message, data: {text: "Olá!"}}
`,
}

export const unreachableNode: LintRule = {
  id: 'unreachable-node',
  severity: 'warn',
  summary: 'Nothing leads to a node.',
  explain: `No way from the start reaches this node: an edge was forgotten, or the node is left over and can go. It is published all the same.`,
  bad: `flow: exemplo
nodes:
  - {id: ola, type: message, data: {text: "Olá!"}}
  - {id: resto, type: message, data: {text: "Tchau!"}}
`,
  good: `flow: exemplo
nodes:
  - {id: ola, type: message, data: {text: "Olá!"}, next: resto}
  - {id: resto, type: message, data: {text: "Tchau!"}}
`,
}

export const loopWithoutWait: LintRule = {
  id: 'loop-without-wait',
  severity: 'error',
  fixed: true,
  summary: 'Nodes go round in a circle without waiting for anyone.',
  explain: `A circle is how a menu comes back, but somewhere on it the customer has to be asked: by a wait, a message that waits for its own
answer, a transfer or a jump that returns. Without one the turn goes round until it hits the limit of 100 steps or 20 messages.`,
  bad: `flow: exemplo
nodes:
  - {id: ola, type: message, data: {text: "Escolha uma opção."}, next: de_novo}
  - {id: de_novo, type: condition, next: ola}
`,
  good: `flow: exemplo
nodes:
  - {id: ola, type: message, data: {text: "Escolha uma opção."}, next: ouve}
  - {id: ouve, type: wait, next: ola}
`,
}
