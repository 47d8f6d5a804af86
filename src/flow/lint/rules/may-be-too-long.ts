import type {Text} from '../../../base/text.ts'
import {limitedTexts} from '../../message-check.ts'
import type {MessageData} from '../../message-data.ts'
import {likelyLengths} from '../likely-length.ts'
import type {LintRule, Subject} from '../rule.ts'

export const mayBeTooLong: LintRule = {
  id: 'may-be-too-long',
  severity: 'warn',
  summary: 'A text that is filled in can pass a limit of WhatsApp.',
  explain: `WhatsApp takes 20 characters in a button, 24 in a row of a list, 60 in a header or footer, 1024 in a text above buttons
and 4096 in a plain one. What is filled in is only known later; when it comes out too long it is cut, with an ellipsis. Lint reckons
with what is likely: 60 characters for a name, 14 for a CPF, 200 for what a customer typed or another system answered. Shorten it
with "truncate: 20", or with a filter whose result is short, such as first_name, date or brl.`,
  bad: `flow: exemplo
nodes:
  - {id: pergunta, type: message, data: {text: "Como você se chama?"}, next: ouve}
  - {id: ouve, type: wait, data: {save_as: nome}, next: confirma}
  - {id: confirma, type: message, data: {text: "Confirma?", buttons: ["Sou {{ vars.nome }}", Não]}}
`,
  good: `flow: exemplo
nodes:
  - {id: pergunta, type: message, data: {text: "Como você se chama?"}, next: ouve}
  - {id: ouve, type: wait, data: {save_as: nome}, next: confirma}
  - {id: confirma, type: message, data: {text: "Confirma?", buttons: ["Sou {{ vars.nome | truncate: 16 }}", Não]}}
`,
  check(subject, report) {
    const {flow, nodePath} = subject
    const longest = likelyLengths(flow)
    const compiled = textsByNode(subject)
    for (const {id, type, data} of flow.nodes) {
      if (type !== 'message') continue
      for (const {path, text, most} of limitedTexts(data as MessageData)) {
        const extent = compiled.get(id)?.get(text)?.extent(longest)
        if (!extent || extent.most <= most || extent.least > most) continue
        report([...nodePath(id), 'data', ...path], {
          rule: 'may-be-too-long',
          message:
            extent.most === Infinity
              ? `Nobody knows how long this comes out; WhatsApp takes ${most} characters here.`
              : `It may come out ${extent.most} characters long; WhatsApp takes ${most} here.`,
          hint: `Shorten what is filled in, for instance with "truncate: ${most}".`,
        })
      }
    }
  },
}

function textsByNode({pieces}: Subject): Map<string, Map<string, Text>> {
  const byNode = new Map<string, Map<string, Text>>()
  for (const {node, text} of pieces) {
    if (!text || text.literal !== undefined) continue
    const own = byNode.get(node) ?? new Map<string, Text>()
    byNode.set(node, own.set(text.source, text))
  }
  return byNode
}
