import type {NodeDefinition} from '../../shape.ts'
import type {LintRule} from '../rule.ts'

const kinds: ReadonlySet<unknown> = new Set(['cpf', 'cnpj', 'document'])

/** Variables into which a customer's document was typed. */
function documentsIn(nodes: readonly NodeDefinition[]): Set<string> {
  const names = nodes.flatMap(({type, data}) => {
    const {expect, save_as: name} = data as {expect?: string; save_as?: string}
    return type === 'wait' && kinds.has(expect) && name !== undefined ? [name] : []
  })
  return new Set(names)
}

export const unmaskedDocument: LintRule = {
  id: 'unmasked-document',
  severity: 'error',
  summary: 'A CPF or CNPJ is shown in full.',
  explain: `Whoever holds the phone reads the chat, and pictures of it go round. A document that was typed in a wait with expect: cpf, cnpj
or document may be looked up and compared, but not shown: write {{ vars.cpf | mask_document }}.`,
  bad: `flow: exemplo
nodes:
  - {id: pede, type: message, data: {text: "Qual é o seu CPF?"}, next: ouve}
  - {id: ouve, type: wait, data: {expect: cpf, save_as: cpf}, next: [{if: "outcome == 'invalid'", to: fim}, diz]}
  - {id: diz, type: message, data: {text: "Procurei por {{ vars.cpf | cpf }}."}}
  - {id: fim, type: message, data: {text: "Até logo."}}
`,
  good: `flow: exemplo
nodes:
  - {id: pede, type: message, data: {text: "Qual é o seu CPF?"}, next: ouve}
  - {id: ouve, type: wait, data: {expect: cpf, save_as: cpf}, next: [{if: "outcome == 'invalid'", to: fim}, diz]}
  - {id: diz, type: message, data: {text: "Procurei por {{ vars.cpf | mask_document }}."}}
  - {id: fim, type: message, data: {text: "Até logo."}}
`,
  check({flow, pieces, assembled}, report) {
    const documents = documentsIn(flow.nodes)
    for (const {node, path, text} of pieces) {
      if (!text || assembled.nodes.get(node)?.type !== 'message') continue
      for (const [, printed = ''] of text.source.matchAll(/\{\{([^}]*)\}\}/g)) {
        const name = /^-?\s*vars\.(\w+)/.exec(printed)?.[1]
        if (name === undefined || !documents.has(name) || /\|\s*mask_document\b/.test(printed)) continue
        report(path, {
          rule: 'unmasked-document',
          message: `"vars.${name}" is a CPF or CNPJ and is shown in full.`,
          hint: `Write {{ vars.${name} | mask_document }}.`,
          excerpt: {text: text.source, at: Math.max(text.source.indexOf(`vars.${name}`), 0)},
        })
      }
    }
  },
}
