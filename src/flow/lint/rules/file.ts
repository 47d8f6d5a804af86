import type {LintRule} from '../rule.ts'

const good = `flow: exemplo
nodes:
  - {id: ola, type: message, data: {text: "Olá!"}}
`

export const syntax: LintRule = {
  id: 'syntax',
  severity: 'error',
  fixed: true,
  summary: 'The file is no YAML or JSON that holds one flow.',
  explain: `A flow file is UTF-8, in YAML or JSON, and holds one object with flow, name, trigger, nodes and edges. The place is where the
parser stopped understanding; the mistake is there or shortly before. Usual causes: a tab that indents, a quote or bracket that is not
closed, a text with ": " or " #" that needs quotes, the same key twice, a second document after "---".`,
  bad: `flow: exemplo
nodes:
  - {id: ola, type: message, data: {text: "Olá!"}
`,
  good,
}

export const unknownKey: LintRule = {
  id: 'unknown-key',
  severity: 'error',
  fixed: true,
  summary: 'A key is not known where it stands.',
  explain: `A misspelt key would be ignored and the flow would do something else than its author meant, so unknown keys are refused.
"pytake flow schema" prints what is known where; editors show it while you type.`,
  bad: good.replace('data: {text', 'data: {txt: "Olá?", text'),
  good,
}

export const missingKey: LintRule = {
  id: 'missing-key',
  severity: 'error',
  fixed: true,
  summary: 'A key that is needed is not there.',
  explain: `Every node needs "id" and "type", a jump needs "flow", a call needs "url", a message needs text or another content, and a flow
needs "flow" (its key) or "name".`,
  bad: `flow: exemplo
nodes:
  - {id: consulta, type: jump, data: {return: false}}
`,
  good: `flow: exemplo
nodes:
  - {id: consulta, type: jump, data: {flow: exemplo-2}}
`,
}

export const invalidValue: LintRule = {
  id: 'invalid-value',
  severity: 'error',
  fixed: true,
  summary: 'A value is none of those that may stand there.',
  explain: `The value has the wrong kind (a text where a list is expected), is none of a fixed set, or does not go together with what stands
beside it: a message is of one kind, so buttons and a list exclude each other.`,
  bad: `flow: exemplo
nodes:
  - {id: pergunta, type: message, data: {text: "E o seu CPF?"}, next: ouve}
  - id: ouve
    type: wait
    data: {expect: cfp}
    next: [{if: "outcome == 'invalid'", to: fim}, fim]
  - {id: fim, type: end}
`,
  good: `flow: exemplo
nodes:
  - {id: pergunta, type: message, data: {text: "E o seu CPF?"}, next: ouve}
  - id: ouve
    type: wait
    data: {expect: cpf}
    next: [{if: "outcome == 'invalid'", to: fim}, fim]
  - {id: fim, type: end}
`,
}

export const duration: LintRule = {
  id: 'duration',
  severity: 'error',
  fixed: true,
  summary: 'A length of time is not written as one.',
  explain: `Lengths of time are written with their unit: 90s, 30m, 24h, 2d, 1h30m. A bare number could mean seconds or minutes, so it is refused.
A session lives 30d at most.`,
  bad: `flow: exemplo
expires: 2 dias
nodes:
  - {id: ola, type: message, data: {text: "Olá!"}}
`,
  good: `flow: exemplo
expires: 2d
nodes:
  - {id: ola, type: message, data: {text: "Olá!"}}
`,
}

export const limit: LintRule = {
  id: 'limit',
  severity: 'error',
  fixed: true,
  summary: 'The file passes one of the limits of the engine.',
  explain: `A flow file has 1 MB, 1,000 nodes, 10,000 edges, 50 aliases and 64 levels at most; a call takes 10 s at most and gathering messages 60 s.
The limits guard everybody's server from one file. Split a flow that is too large with jumps.`,
  bad: `flow: exemplo
nodes:
  - id: consulta
    type: api_call
    data: {url: "https://api.example.com/saldo", timeout: 1m}
    next: [{if: "outcome != 'ok'", to: fim}, fim]
  - {id: fim, type: end}
`,
  good: `flow: exemplo
nodes:
  - id: consulta
    type: api_call
    data: {url: "https://api.example.com/saldo", timeout: 8s}
    next: [{if: "outcome != 'ok'", to: fim}, fim]
  - {id: fim, type: end}
`,
}

export const unknownVariable: LintRule = {
  id: 'unknown-variable',
  severity: 'error',
  fixed: true,
  summary: 'A ${var.NAME} has no value.',
  explain: `\${var.NAME} is filled in when the flow is published, with a value that may differ per context. Give it one in pytake.yaml, under
"variables" or "contexts.NAME.variables", or with --var NAME=VALUE. Lint looks at every context of the project. What is known only while
a customer is talking is written {{ vars.name }} instead.`,
  bad: `flow: exemplo
nodes:
  - {id: ola, type: message, data: {text: "Aqui é a loja \${var.loja}."}}
`,
  good: `flow: exemplo
nodes:
  - {id: ola, type: message, data: {text: "Aqui é a loja Centro."}}
`,
}

export const secret: LintRule = {
  id: 'secret',
  severity: 'error',
  fixed: true,
  summary: 'A secret is used where it would be shown.',
  explain: `\${secret.NAME} may stand in the url, the headers and the body of an api_call and nowhere else: anywhere else it would end up in a
message, a variable or an event.`,
  bad: `flow: exemplo
nodes:
  - {id: ola, type: message, data: {text: "A senha é \${secret.SENHA}."}}
`,
  good: `flow: exemplo
nodes:
  - {id: ola, type: message, data: {text: "A senha está no contrato."}}
`,
}
