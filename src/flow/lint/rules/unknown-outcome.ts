import {didYouMean} from '../../../base/nearest.ts'
import {nodeTypes} from '../../registry.ts'
import type {NodeTypeName} from '../../shape.ts'
import type {LintRule} from '../rule.ts'

/** `outcome` itself and not a field of that name, compared with texts. */
const compared = /(?<![.\w])outcome\s*(?:==|!=)\s*(['"])(.*?)\1/g
const turned = /(['"])([^'"]*)\1\s*(?:==|!=)\s*outcome\b/g
const oneOf = /(?<![.\w])outcome\s+in\s*\[([^\]]*)\]/g
const text = /(['"])(.*?)\1/g

const textsOf = (source: string): string[] =>
  [
    ...source.matchAll(compared),
    ...source.matchAll(turned),
    ...[...source.matchAll(oneOf)].flatMap(([, list = '']) => [...list.matchAll(text)]),
  ].map(([, , word = '']) => word)

/** Undefined where a condition may ask for any name: a jump ends as the other flow calls it, and nothing leaves an end. */
function namesOf(type: NodeTypeName): string[] | undefined {
  const {good, bad, anyName = false} = nodeTypes[type].outcomes
  return anyName || good.length === 0 ? undefined : [...good, ...bad, 'error']
}

const example = (outcome: string): string => `flow: exemplo
nodes:
  - id: consulta
    type: api_call
    data: {url: "https://api.example.com/saldo", save: {saldo: "body.saldo"}}
    next: [{if: "outcome == '${outcome}'", to: desculpa}, {if: "outcome != 'ok'", to: demora}, mostra]
  - {id: mostra, type: message, data: {text: "Seu saldo é {{ vars.saldo | brl }}."}}
  - {id: desculpa, type: message, data: {text: "Não encontramos o seu saldo."}}
  - {id: demora, type: message, data: {text: "O sistema está fora do ar. Tente mais tarde, por favor."}}
`

export const unknownOutcome: LintRule = {
  id: 'unknown-outcome',
  severity: 'warn',
  summary: 'A condition asks for an outcome that its node never has.',
  explain: `How a step ends is told by a fixed name that depends on the kind of its node: a wait is answered, timeout or invalid, a call
is ok, http_error, timeout and so on. A name that is misspelt is never met, so that its edge is never taken and what should have
been handled there ends the session.`,
  bad: example('htp_error'),
  good: example('http_error'),
  check({flow, conditionPath}, report) {
    const types = new Map(flow.nodes.map(({id, type}) => [id, type]))
    for (const [index, {source, condition}] of flow.edges.entries()) {
      const type = types.get(source)
      const known = type === undefined ? undefined : namesOf(type)
      if (condition === undefined || !known) continue
      for (const word of new Set(textsOf(condition))) {
        if (known.includes(word)) continue
        report(conditionPath(index), {
          rule: 'unknown-outcome',
          message: `"${word}" is no outcome of "${source}" (${type}).`,
          hint: didYouMean(word, known) ?? `It ends with one of: ${known.join(', ')}.`,
        })
      }
    }
  },
}
