import type {LintRule} from '../rule.ts'

/** Look-ups whose answers are nobody else's business. */
const debts = new Set(['invoices', 'boleto'])

export const unverifiedDebts: LintRule = {
  id: 'unverified-debts',
  severity: 'warn',
  summary: 'Debts are shown without looking at whether the person is the customer.',
  explain: `A CPF is no secret: anybody can type somebody else's. The answer of a look-up carries "verified": true when the sender's phone
is one of the customer's in the ERP, or the birth date that was asked for fits. Put a condition on it between the look-up and what is
shown, e.g. {if: "!vars.cliente.verified", to: nascimento}.`,
  bad: `flow: exemplo
nodes:
  - id: faturas
    type: erp
    data: {operation: invoices, with: {customer: "11"}, save_as: faturas}
    next: [{if: "outcome != 'found'", to: falha}, mostra]
  - {id: mostra, type: message, data: {text: "Você deve {{ vars.faturas.total }}."}}
  - {id: falha, type: message, data: {text: "Tente mais tarde, por favor."}}
`,
  good: `flow: exemplo
nodes:
  - id: faturas
    type: erp
    data: {operation: invoices, with: {customer: "11"}, save_as: faturas}
    next: [{if: "outcome != 'found' || !vars.faturas.verified", to: falha}, mostra]
  - {id: mostra, type: message, data: {text: "Você deve {{ vars.faturas.total }}."}}
  - {id: falha, type: message, data: {text: "Tente mais tarde, por favor."}}
`,
  check({flow, pieces, assembled, nodePath}, report) {
    const asksWhether = pieces.some(({expression}) => expression?.source.includes('.verified') === true)
    if (asksWhether) return
    for (const {id, type, data} of flow.nodes) {
      const {operation = '', save_as: name} = data as {operation?: string; save_as?: string}
      if (type !== 'erp' || !debts.has(operation) || name === undefined) continue
      const isShown = pieces.some(
        ({node, text}) =>
          assembled.nodes.get(node)?.type === 'message' &&
          text?.paths.some(([root, variable]) => root === 'vars' && variable === name),
      )
      if (!isShown) continue
      report([...nodePath(id), 'id'], {
        rule: 'unverified-debts',
        message: `What "${id}" finds is shown, and nothing looks at whether the person is the customer.`,
        hint: `Put a condition on vars.${name}.verified before it is shown.`,
      })
    }
  },
}
