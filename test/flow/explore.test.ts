import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import {explore} from '../../src/flow/explore/report.ts'

const limits = {depth: 40, steps: 20_000}
const file = (text: string, name = 'a.yaml') => ({name, text})
const walk = (text: string, more: Partial<Parameters<typeof explore>[0]> = {}) =>
  explore({flows: [file(text)], tests: [], variables: {}, limits, ...more})
const flow = (nodes: string, rest = '') =>
  `flow: a\ntrigger: {type: keyword, keywords: [oi]}\n${rest}\nnodes:\n${nodes.replace(/^/gm, '  ')}`
const ask = (next: string, data = '{timeout: 1h}') =>
  flow(`- {id: p, type: message, data: {text: "Sim?", buttons: [Sim, Não]}, next: w}
- {id: w, type: wait, data: ${data}, next: ${next}}
- {id: ok, type: message, data: {text: Ok.}, next: fim}
- {id: fim, type: end}`)

const whole = `[{if: "response == 'Sim'", to: ok}, {if: "outcome in ['timeout', 'invalid']", to: fim}, fim]`

test('a flow in which nothing goes wrong is walked to its last edge, and nothing is found', () => {
  const {findings, coverage, complete, ends, problems} = walk(ask(whole))
  expect({findings, complete, problems}).toEqual({findings: [], complete: true, problems: []})
  expect(coverage?.missed).toEqual([])
  expect(ends).toBeGreaterThan(2)
})

describe('finds', () => {
  test.each<[string, string, string, string]>([
    [
      'a timeout that no edge takes',
      ask(`[{if: "response == 'Sim'", to: ok}, fim]`),
      'dead-end',
      'No edge of "w" takes "timeout": the customer is left without a word.',
    ],
    [
      'a call whose failure no edge takes',
      flow(`- {id: c, type: api_call, data: {url: "https://x.example.com"}, next: f}\n- {id: f, type: end}`),
      'failure',
      'No edge of "c" takes "http_error": the session fails.',
    ],
    [
      'an answer of another system that no edge takes',
      flow(`- {id: c, type: api_call, data: {url: "https://x.example.com", save: {n: body.n}}, next: d}
- {id: d, type: condition, next: [{if: "vars.n == 'novo'", to: f}]}
- {id: f, type: end}`),
      'failure',
      'None of the edges of "d" is true: the session fails.',
    ],
    [
      'a branch that was forgotten',
      ask(`[{if: "response == 'Sim'", to: ok}, {if: "outcome == 'timeout'", to: fim}, solto]`) +
        '\n  - {id: solto, type: message, data: {text: Hum}}',
      'dead-end',
      '"solto" leads nowhere, and is no end.',
    ],
    [
      'a text that a long answer makes too long',
      flow(`- {id: p, type: message, data: {text: "Qual?"}, next: w}
- {id: w, type: wait, data: {save_as: x}, next: b}
- {id: b, type: message, data: {text: "Este?", buttons: ["{{ vars.x }}", Não]}, next: f}
- {id: f, type: end}`),
      'cut-text',
      '"b" says more than WhatsApp takes: its button is cut after 20 characters.',
    ],
    [
      'an expression that a value does not fit',
      ask(`[{if: "number(response) > 3", to: ok}, {if: "outcome == 'timeout'", to: fim}, fim]`),
      'expression-error',
      'An expression of "w" fails: no such overload: dyn<null> > int',
    ],
    [
      'a way that never ends',
      flow(`- {id: p, type: message, data: {text: "De novo?", buttons: [Sim, Não]}, next: w}
- {id: w, type: wait, data: {timeout: 1h}, next: [{if: "outcome == 'timeout'", to: p}, p]}`),
      'trap',
      'Once at "w" the customer never gets out: every answer leads back.',
    ],
    [
      'silence that is answered for ever',
      flow(`- {id: p, type: message, data: {text: "Oi?", buttons: [Sim, Não]}, next: w}
- {id: w, type: wait, data: {timeout: 1h}, next: [{if: "outcome == 'timeout'", to: p}, f]}
- {id: f, type: end}`),
      'silence-loop',
      'Silence at "w" is answered again and again, and leads back to it.',
    ],
  ])('%s', (_what, text, rule, message) => {
    const {findings} = walk(text)
    const found = findings.find((one) => one.rule === rule && one.message === message)
    expect(found, JSON.stringify(findings, null, 1)).toMatchObject({rule, message, file: 'a.yaml', flow: 'a'})
    expect(text.split('\n')[(found?.line ?? 0) - 1]).toContain(`id: ${found?.node}`)
  })
})

test('a finding tells the shortest dialogue that comes to it, and whom it happens to', () => {
  const [found] = walk(ask(`[{if: "response == 'Sim'", to: ok}, fim]`)).findings
  expect(found?.who).toBe('a customer')
  expect(found?.lines).toEqual([
    {who: 'customer', text: 'oi'},
    {who: 'bot', text: 'Sim? [Sim] [Não]'},
    {who: 'time', text: '1h'},
  ])
})

test('what a flow decides by the customer or by the hour is walked with customers and hours of each kind', () => {
  const text = flow(`- id: i
  type: start
  next: [{if: "contact.name == null", to: a}, {if: "'vip' in contact.tags", to: b}, {if: "!business.open", to: c}, {if: "!contact.opted_in", to: d}, e]
${['a', 'b', 'c', 'd', 'e'].map((id) => `- {id: ${id}, type: end}`).join('\n')}`)
  expect(walk(text).coverage?.missed).toEqual([])
})

test('flows that it jumps to are walked along, a schedule begins one, and a person may have it', () => {
  const child = `flow: b\nnodes:\n  - {id: t, type: transfer, data: {timeout: 1h}, next: [{if: "outcome == 'timeout'", to: f}, f]}\n  - {id: f, type: end}`
  const parent = `flow: a
trigger: {type: schedule, cron: "0 9 * * 1"}
nodes:
  - {id: m, type: message, data: {template: {name: aviso, language: pt_BR}}, next: j}
  - {id: j, type: jump, data: {flow: b, return: true}, next: [{if: "outcome == 'failed'", to: f}, f]}
  - {id: f, type: end}`
  const {findings, places} = explore({flows: [file(parent), file(child, 'b.yaml')], tests: [], variables: {}, limits})
  expect(findings).toEqual([])
  expect(places).toBeGreaterThan(3)
})

test('circles that customers can leave are told, and are no finding', () => {
  const again = walk(ask(`[{if: "response == 'Sim'", to: p}, {if: "outcome == 'timeout'", to: fim}, ok]`))
  expect(again.findings).toEqual([])
  const text = flow(`- {id: p, type: message, data: {text: "A ou B?", buttons: [A, B]}, next: w}
- {id: w, type: wait, data: {timeout: 1h}, next: [{if: "response == 'A'", to: q}, {if: "outcome == 'timeout'", to: f}, f]}
- {id: q, type: message, data: {text: "De novo?", buttons: [Sim, Não]}, next: v}
- {id: v, type: wait, data: {timeout: 1h}, next: [{if: "response == 'Sim'", to: p}, {if: "outcome == 'timeout'", to: f}, f]}
- {id: f, type: end}`)
  expect(walk(text).circles).toEqual([['w', 'v']])
})

test('what stops at a limit says so, and claims nothing of what lies behind', () => {
  const {complete, findings} = walk(ask(whole), {limits: {depth: 1, steps: 20_000}})
  expect({complete, findings}).toEqual({complete: false, findings: []})
  expect(walk(ask(whole), {limits: {depth: 40, steps: 2}})).toMatchObject({complete: false, steps: 2})
})

test('a file with mistakes is not walked: they are told instead', () => {
  const broken = walk(flow('- {id: a, type: wiat}'))
  expect(broken).toMatchObject({places: 0, findings: [], problems: [{rule: 'unknown-node-type', file: 'a.yaml'}]})
  expect(walk('a: [').problems[0]).toMatchObject({rule: 'syntax'})
})

const templates = join(import.meta.dirname, '../../templates/flows')
const read = (name: string) => ({name, text: readFileSync(join(templates, name), 'utf8')})

test.each([
  'agendamento',
  'boas-vindas',
  'fora-do-horario',
  'novidades',
  'pesquisa-nps',
  'qualificacao',
  'segunda-via',
  'segunda-via-erp',
  'sem-conexao',
  'sem-conexao-erp',
])('the template %s is walked to its last edge, and nothing goes wrong in it', (name) => {
  const {findings, coverage, complete} = explore({
    flows: [read(`${name}.yaml`), read('segunda-via-erp.yaml')],
    tests: [read(`${name}.test.yaml`)],
    variables: {},
    limits,
  })
  expect({findings, complete, missed: coverage?.missed}).toEqual({findings: [], complete: true, missed: []})
})

test('without its tests too, but for what only they know', () => {
  const variables = {api_financeiro: 'https://x.example.com'}
  const {findings, coverage} = explore({flows: [read('segunda-via.yaml')], tests: [], variables, limits})
  expect(findings).toEqual([])
  // That a stranger's telephone is in another system's list is nothing one can guess.
  expect(coverage?.missed.map(({node, target}) => `${node} → ${target}`)).toEqual(['consulta → quantas'])
})
