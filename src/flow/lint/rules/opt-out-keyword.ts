import {fold} from '../../../base/fold.ts'
import {optOutWords} from '../../route.ts'
import type {LintRule} from '../rule.ts'

const words = new Set(optOutWords.map(fold))

export const optOutKeyword: LintRule = {
  id: 'opt-out-keyword',
  severity: 'warn',
  summary: 'A keyword is one of the words that end all marketing.',
  explain: `SAIR, PARAR, STOP, DESCADASTRAR and CANCELAR are always an opt-out when somebody types them alone: they come before every
flow, so a flow with such a keyword is never started by it. Choose another word ("cancelar pedido" is one).`,
  bad: `flow: exemplo
trigger: {type: keyword, keywords: [cancelar]}
nodes:
  - {id: ola, type: message, data: {text: "O que você quer cancelar?"}}
`,
  good: `flow: exemplo
trigger: {type: keyword, keywords: [cancelar pedido]}
nodes:
  - {id: ola, type: message, data: {text: "O que você quer cancelar?"}}
`,
  check({flow: {trigger}}, report) {
    for (const [index, keyword] of trigger.type === 'keyword' ? trigger.keywords.entries() : []) {
      if (!words.has(fold(keyword))) continue
      report(['trigger', 'keywords', index], {
        rule: 'opt-out-keyword',
        message: `"${keyword}" is an opt-out word; the flow never gets it.`,
        hint: 'Choose another word.',
      })
    }
  },
}
