import {isRecord} from '../../../base/json.ts'
import type {Path, Report} from '../../problem.ts'
import {credentialIn, isNamedLikeSecret, looksRandom, tokenPatterns} from '../secret-patterns.ts'
import type {LintRule} from '../rule.ts'

const hint =
  'Store it with "pytake secret set NAME --file -" and write ${secret.NAME}. Then change it: it has been in a file.'

export const secretInFile: LintRule = {
  id: 'secret-in-file',
  severity: 'error',
  summary: 'A password or token is written in the file.',
  explain: `Flow files live in git, in pull requests and in backups, and their releases can be read by everyone who may see flows.
A token in one of them is public from then on. Store it with "pytake secret set NAME --file -" and write \${secret.NAME} in the URL, a
header or the body of the call; it is filled in only when the call is made and shows up nowhere. Looked for are: tokens of well-known
services, private keys, "Bearer" and "Basic" headers, headers and fields that are named like a secret, passwords and tokens in
addresses, and long random texts in a call. The finding never repeats what was found.`,
  bad: `flow: exemplo
nodes:
  - id: consulta
    type: api_call
    data:
      url: https://api.example.com/saldo
      headers: {Authorization: "Bearer 7f3c9a1be04d4c55b2a8"}
    next: [{if: "outcome != 'ok'", to: fim}, fim]
  - {id: fim, type: end}
`,
  good: `flow: exemplo
nodes:
  - id: consulta
    type: api_call
    data:
      url: https://api.example.com/saldo
      headers: {Authorization: "Bearer \${secret.API_TOKEN}"}
    next: [{if: "outcome != 'ok'", to: fim}, fim]
  - {id: fim, type: end}
`,
  check({text, raw}, report) {
    for (const {name, pattern} of tokenPatterns) {
      for (const {index} of text.matchAll(pattern))
        report([], {rule: 'secret-in-file', offset: index, message: `This looks like ${name}.`, hint})
    }
    const nodes: unknown[] = isRecord(raw) && Array.isArray(raw.nodes) ? raw.nodes : []
    for (const [index, node] of nodes.entries()) {
      if (isRecord(node)) checkNode(node, ['nodes', index, 'data'], report)
    }
  },
}

/** Looks for secrets by their place. What a pattern knows by its looks was told already. */
function checkNode({type, data}: Record<string, unknown>, path: Path, report: Report) {
  const tell = (at: Path, message: string) => report(at, {rule: 'secret-in-file', message, hint})
  eachText(data, path, (text, at) => {
    const credential = isKnownToken(text) ? undefined : credentialIn(text)
    if (credential !== undefined) tell(at, `This address holds ${credential}.`)
  })
  if (type !== 'api_call' || !isRecord(data)) return
  for (const part of ['headers', 'body'])
    eachText(data[part], [...path, part], (text, at) => {
      if (!isKnownToken(text)) checkCallText(text, at, tell)
    })
}

const isKnownToken = (text: string) => tokenPatterns.some(({pattern}) => text.search(pattern) !== -1)

/** Open when a customer, a variable or a secret fills it in. */
const filledIn = /\{\{|\{%|\$\{/

function checkCallText(text: string, path: Path, tell: (path: Path, message: string) => void) {
  const name = String(path.at(-1))
  const [, scheme] = /^(Bearer|Basic)\s+[\w+/=.~-]{8,}$/i.exec(text) ?? []
  if (scheme !== undefined) return tell(path, `A token for "${scheme}" is written out here.`)
  if (filledIn.test(text)) return
  if (isNamedLikeSecret(name) && text.length >= 6) return tell(path, `The value of "${name}" is written out here.`)
  if (looksRandom(text)) tell(path, 'This long random text looks like a key.')
}

function eachText(value: unknown, path: Path, visit: (text: string, path: Path) => void): void {
  if (typeof value === 'string') visit(value, path)
  else if (Array.isArray(value)) for (const [index, item] of value.entries()) eachText(item, [...path, index], visit)
  else if (isRecord(value)) for (const [key, item] of Object.entries(value)) eachText(item, [...path, key], visit)
}
