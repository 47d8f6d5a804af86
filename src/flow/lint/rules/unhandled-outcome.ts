import {isHandled} from '../edge-outcomes.ts'
import type {LintRule} from '../rule.ts'
import type {NodeDefinition} from '../../shape.ts'

interface Fields {
  timeout?: string
  expect?: string
  valid?: string
  return?: boolean
}

const answered = 'Add an edge such as {if: "outcome == \'…\'", to: …}.'

/** The bad outcomes that an author asked for by what a node says, and what becomes of the session. */
function expected({type, data}: NodeDefinition): {outcome: string; consequence: string}[] {
  const {timeout, expect = 'text', valid, return: returns} = data as Fields
  const abandoned = 'the session ends as abandoned'
  const onTimeout = timeout === undefined ? [] : [{outcome: 'timeout', consequence: abandoned}]
  if (type === 'wait') {
    const picky = expect !== 'text' || valid !== undefined
    return [...onTimeout, ...(picky ? [{outcome: 'invalid', consequence: abandoned}] : [])]
  }
  if (type === 'transfer') return onTimeout
  return type === 'jump' && returns ? [{outcome: 'failed', consequence: 'the session fails as well'}] : []
}

export const unhandledOutcome: LintRule = {
  id: 'unhandled-outcome',
  severity: 'warn',
  summary: 'A bad outcome that the node asks for has no edge.',
  explain: `Bad outcomes never take the default edge: silence must not greet people for ever. Only an edge whose condition names
"outcome" takes them. A wait or a transfer with a timeout, a wait that validates, and a jump that comes back all have one that will
happen some day; without an edge the session ends there and the customer is left without a word.`,
  bad: `flow: exemplo
nodes:
  - {id: pergunta, type: message, data: {text: "Qual é o seu CPF?"}, next: ouve}
  - id: ouve
    type: wait
    data: {expect: cpf, save_as: cpf, timeout: 30m}
    next: obrigado
  - {id: obrigado, type: message, data: {text: "Obrigado!"}}
`,
  good: `flow: exemplo
nodes:
  - {id: pergunta, type: message, data: {text: "Qual é o seu CPF?"}, next: ouve}
  - id: ouve
    type: wait
    data: {expect: cpf, save_as: cpf, timeout: 30m}
    next: [{if: "outcome in ['timeout', 'invalid']", to: ate_logo}, obrigado]
  - {id: obrigado, type: message, data: {text: "Obrigado!"}}
  - {id: ate_logo, type: message, data: {text: "Quando puder, escreva de novo."}}
`,
  check({flow, assembled, nodePath}, report) {
    for (const definition of flow.nodes) {
      const node = assembled.nodes.get(definition.id)
      for (const {outcome, consequence} of expected(definition)) {
        if (!node || isHandled(node, outcome)) continue
        report([...nodePath(node.id), 'id'], {
          rule: 'unhandled-outcome',
          message: `Nothing handles "${outcome}" of "${node.id}": ${consequence}.`,
          hint: answered.replace('…', outcome),
        })
      }
    }
  },
}
