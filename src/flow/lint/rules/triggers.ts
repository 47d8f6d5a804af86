import type {LintRule} from '../rule.ts'

const flow = (trigger: string) => `flow: exemplo
trigger: ${trigger}
nodes:
  - id: aviso
    type: message
    data: {text: "Bom dia!", fallback: {template: bom_dia, language: pt_BR}}
`

export const trigger: LintRule = {
  id: 'trigger',
  severity: 'error',
  fixed: true,
  summary: 'What starts the flow cannot be understood.',
  explain: `A trigger is message_received, keyword with keywords, schedule with a cron pattern of five fields (minute hour day month weekday) and
perhaps a time zone such as America/Sao_Paulo, or none. trigger_value belongs to the form in which the trigger is one word.`,
  bad: flow('{type: schedule, cron: "9 horas"}'),
  good: flow('{type: schedule, cron: "0 9 * * 1-5"}'),
}

export const severalTriggers: LintRule = {
  id: 'several-triggers',
  severity: 'warn',
  summary: 'Several triggers are named; only the first counts.',
  explain: `A flow has one trigger. A list with bars is how the specification names the possibilities; only its first word is used.`,
  bad: flow('message_received|keyword'),
  good: flow('message_received'),
}

export const duplicateKeyword: LintRule = {
  id: 'duplicate-keyword',
  severity: 'warn',
  summary: 'A keyword stands twice in one flow.',
  explain: `Keywords are compared without capitals, accents and outer punctuation, so "Olá" and "ola" are the same one. The second has no effect.`,
  bad: flow('{type: keyword, keywords: [olá, oi, Ola!]}'),
  good: flow('{type: keyword, keywords: [olá, oi]}'),
}
