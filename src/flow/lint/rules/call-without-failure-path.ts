import {isHandled} from '../edge-outcomes.ts'
import type {LintRule} from '../rule.ts'

const failures = {
  api_call: ['http_error', 'timeout', 'blocked', 'too_large', 'error', 'unknown'],
  // What depends on the operation is not asked for: only a status is blocked, only a document has many customers.
  erp: ['not_found', 'unavailable', 'error'],
}

export const callWithoutFailurePath: LintRule = {
  id: 'call-without-failure-path',
  severity: 'warn',
  summary: 'A call to another system has no edge for the day it fails.',
  explain: `Other systems answer 500, are slow, or are away. The outcome of an api_call is then http_error, timeout, blocked,
too_large, error or unknown, that of an erp look-up not_found, many, blocked, unavailable, unsupported, error or unknown. None of
these takes the default edge: the session fails and the customer hears nothing. One edge with the condition "outcome != 'ok'" (of an
erp: "outcome != 'found'") covers them all; put it first.`,
  bad: `flow: exemplo
nodes:
  - id: consulta
    type: api_call
    data: {url: "https://api.example.com/saldo", save: {saldo: "body.saldo"}}
    next: mostra
  - {id: mostra, type: message, data: {text: "Seu saldo é {{ vars.saldo | brl }}."}}
`,
  good: `flow: exemplo
nodes:
  - id: consulta
    type: api_call
    data: {url: "https://api.example.com/saldo", save: {saldo: "body.saldo"}}
    next: [{if: "outcome != 'ok'", to: desculpa}, mostra]
  - {id: mostra, type: message, data: {text: "Seu saldo é {{ vars.saldo | brl }}."}}
  - {id: desculpa, type: message, data: {text: "O sistema está fora do ar. Tente mais tarde, por favor."}}
`,
  check({assembled, nodePath}, report) {
    for (const node of assembled.nodes.values()) {
      if (node.type !== 'api_call' && node.type !== 'erp') continue
      const open = failures[node.type].filter((outcome) => !isHandled(node, outcome))
      if (open.length === 0) continue
      report([...nodePath(node.id), 'id'], {
        rule: 'call-without-failure-path',
        message: `When the call of "${node.id}" ends in ${listed(open)}, the session fails.`,
        hint: `Add {if: "outcome != '${node.type === 'erp' ? 'found' : 'ok'}'", to: …} before the other edges.`,
      })
    }
  },
}

const listed = (words: readonly string[]) =>
  words.length === 1 ? String(words[0]) : `${words.slice(0, -1).join(', ')} or ${words.at(-1)}`
