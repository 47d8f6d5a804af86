import type {LintRule} from '../rule.ts'

const flow = (condition: string, text: string) => `flow: exemplo
nodes:
  - {id: pergunta, type: message, data: {text: "Confirma?", buttons: [Sim, Não]}, next: ouve}
  - {id: ouve, type: wait, next: [{if: "${condition}", to: sim}, outra]}
  - {id: sim, type: message, data: {text: "Confirmado."}}
  - {id: outra, type: message, data: {text: "${text}"}}
`
const condition = "response == 'Sim'"
const text = 'Tudo bem, {{ contact.name | first_name }}.'
const good = flow(condition, text)

export const expression: LintRule = {
  id: 'expression',
  severity: 'error',
  fixed: true,
  summary: 'A CEL expression is wrong: its syntax, a name, or a type.',
  explain: `Conditions are CEL: == and != compare, && and || and ! combine, "in" looks into lists. In scope are response, outcome, message,
contact, vars, flow, conversation, campaign, business and now, and functions such as fold, digits, number, is_cpf and hour. Names are checked
because a misspelt one would be false for ever. An edge's expression has to give true or false.`,
  bad: flow("response = 'Sim'", text),
  good,
}

export const template: LintRule = {
  id: 'template',
  severity: 'error',
  fixed: true,
  summary: 'A Liquid template is wrong: its syntax, a name, or a filter.',
  explain: `Texts are Liquid: {{ contact.name }} prints, {% if vars.cpf %}…{% endif %} chooses, filters follow a bar. Names are the same as in
expressions. A misspelt one would print nothing, so it is refused. A value that is null prints nothing.`,
  bad: flow(condition, 'Tudo bem, {{ contact.nme | first_name }}.'),
  good,
}
