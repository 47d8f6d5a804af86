import type {LintRule} from '../rule.ts'

const flow = (ask: string, edges = '') => `flow: exemplo
nodes:
  - {id: pergunta, type: message, data: {text: "Confirma?", buttons: [Sim, Não]}, next: ouve}
  - {id: ouve, type: wait${ask}}
  - {id: sim, type: message, data: {text: "Confirmado."}}
  - {id: outra, type: message, data: {text: "Tudo bem."}}
${edges}`

const good = flow(', next: [{if: "response == \'Sim\'", to: sim}, outra]')

export const danglingEdge: LintRule = {
  id: 'dangling-edge',
  severity: 'error',
  fixed: true,
  summary: 'An edge comes from or goes to a node that does not exist.',
  explain: `Both ends of an edge are ids of nodes of the same flow. To go to another flow use a node of type jump.`,
  bad: flow(', next: [{if: "response == \'Sim\'", to: sim}, outra, {if: "response == \'Depois\'", to: depois}]'),
  good,
}

export const twoDefaults: LintRule = {
  id: 'two-defaults',
  severity: 'error',
  fixed: true,
  summary: 'A node has two edges without a condition.',
  explain: `The edge without a condition is tried last and always fits, so a second one could never be taken. Give one of them a condition.`,
  bad: flow(', next: [sim, outra]'),
  good,
}

export const nextAndEdges: LintRule = {
  id: 'next-and-edges',
  severity: 'error',
  fixed: true,
  summary: 'A node has its edges in two places.',
  explain: `Edges are tried in the order of the file. With some in "next" and some in "edges" that order would be a guess, so a node has all of its
edges in one of the two.`,
  bad: flow(', next: outra', 'edges:\n  - {source: ouve, target: sim, condition: "response == \'Sim\'"}\n'),
  good: flow(
    '',
    'edges:\n  - {source: ouve, target: sim, condition: "response == \'Sim\'"}\n  - {source: ouve, target: outra}\n',
  ),
}
