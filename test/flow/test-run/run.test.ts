import {expect, test} from 'vitest'
import {mutate} from '../../../src/flow/test-run/mutate.ts'
import {runTests} from '../../../src/flow/test-run/run.ts'
import {diffLines} from '../../../src/flow/test-run/transcript.ts'

const saldo = `flow: saldo
name: Saldo
trigger: {type: keyword, keywords: [saldo]}
vars: {empresa: "\${var.empresa}"}
nodes:
  - id: consulta
    type: api_call
    data:
      method: POST
      url: "https://api.example.com/saldo/{{ contact.phone }}"
      headers: {Authorization: "Bearer \${secret.CHAVE}"}
      body: {empresa: "{{ vars.empresa }}"}
      save: {saldo: body.saldo}
    next:
      - {if: "outcome == 'timeout'", to: lento}
      - {if: "outcome != 'ok'", to: atendente}
      - {if: "vars.saldo < 0", to: devendo}
      - mostra
  - {id: mostra, type: message, data: {text: "Seu saldo é R$ {{ vars.saldo }}."}, next: fim}
  - {id: devendo, type: message, data: {text: "Você deve R$ {{ vars.saldo }}."}, next: fim}
  - {id: lento, type: message, data: {text: Tente mais tarde.}}
  - {id: atendente, type: jump, data: {flow: humano}}
  - {id: fim, type: end}
`

const humano = `flow: humano
nodes:
  - {id: aviso, type: message, data: {text: Vou chamar alguém.}, next: pessoa}
  - {id: pessoa, type: transfer, data: {queue: suporte}}
`

const flows = [
  {name: 'flows/saldo.yaml', text: saldo},
  {name: 'flows/humano.yaml', text: humano},
  {name: 'flows/pytake.yaml', text: 'tenant: x'},
]

const head = `flow: saldo
variables: {empresa: XYZ}
secrets: {CHAVE: abc}
`

function run(test: string, more: Partial<Parameters<typeof runTests>[0]> = {}) {
  const {files, coverage} = runTests({
    flows,
    tests: [{name: 'flows/saldo.test.yaml', text: head + test}],
    monotonic: () => 0,
    ...more,
  })
  const [file] = files
  if (!file) throw new Error('No result.')
  return {...file, coverage, failures: file.dialogues.map(({failure}) => failure)}
}

const all = `
mocks:
  - {call: api_call, match: {headers: {Authorization: Bearer abc}, body: {empresa: XYZ}}, answer: {body: {saldo: 12.5}}, times: 1, optional: true}
dialogues:
  - name: mostra o saldo
    steps: [{say: saldo}, {expect: Seu saldo é R$ 12.5.}]
    then: {outcome: completed, calls: ["https://api.example.com/saldo/*"], vars: {saldo: 12.5}}
  - name: deve
    mocks: [{call: api_call, answer: {body: {saldo: -3}}}]
    steps: [{say: Saldo!}, {expect: {any: [Nada., {contains: deve}]}}]
  - name: demora
    mocks: [{call: api_call, fail: timeout}]
    steps: [{say: saldo}, {expect: {matches: /^tente/i}}]
    then: {calls: 1}
  - name: falha
    mocks: [{call: api_call, match: {method: POST, url: "/saldo/"}, answer: {status: 503}}]
    steps: [{say: saldo}, {expect: Vou chamar alguém.}]
    then: {outcome: transferred, node: pessoa, events: [flow_started, {type: flow_step, outcome: http_error}, {type: conversation_updated, queue: suporte}]}
`

test('mocks answer by pattern, in order, or fail; variables, secrets and jumps are as when it is live', () => {
  const {failures, problems, passed, coverage} = run(all)
  expect({failures, problems}).toEqual({failures: [undefined, undefined, undefined, undefined], problems: []})
  expect(passed).toBe(true)
  expect(coverage).toEqual([
    {flow: 'saldo', file: 'flows/saldo.yaml', nodes: {reached: 6, total: 6}, edges: {reached: 6, total: 6}, missed: []},
  ])
})

test('a call whose secret the test does not give fails as it would for real', () => {
  const {failures} = run('', {
    tests: [
      {
        name: 'flows/saldo.test.yaml',
        text: 'flow: saldo\nvariables: {empresa: X}\nsecrets: {}\ndialogues: [{name: x, steps: [{say: saldo}, {expect: Vou chamar alguém.}]}]\n',
      },
    ],
  })
  expect(failures).toEqual([undefined])
})

test('coverage tells what no test reached, with its line', () => {
  const one = `mocks: [{call: api_call, answer: {body: {saldo: 1}}}]
dialogues: [{name: x, steps: [{say: saldo}, {expect: Seu saldo é R$ 1.}]}]
`
  const [flow] = run(one).coverage
  expect(flow).toMatchObject({nodes: {reached: 3, total: 6}, edges: {reached: 2, total: 6}})
  expect(flow?.missed).toContainEqual({
    kind: 'edge',
    node: 'consulta',
    target: 'lento',
    condition: "outcome == 'timeout'",
    line: 15,
  })
  expect(flow?.missed).toContainEqual({kind: 'node', node: 'devendo', line: 20})
})

test('changes that no test notices are listed, with their lines', () => {
  const tests = [{name: 'flows/saldo.test.yaml', text: head + all}]
  const {total, noticed, survivors} = mutate({flows, tests, file: 'flows/saldo.yaml'})
  expect(total).toBe(10)
  expect(noticed + survivors.length).toBe(total)
  // Whether a session ends in its last node or in `fim` is for nobody to see here: no dialogue asks for the node.
  expect(survivors).toEqual([
    {node: 'mostra', line: 19, change: 'without the edge mostra → fim', unreached: false},
    {node: 'devendo', line: 20, change: 'without the edge devendo → fim', unreached: false},
  ])
  const less = [
    {
      name: 'flows/saldo.test.yaml',
      text: `${head}mocks: [{call: api_call, answer: {body: {saldo: 1}}}]
dialogues: [{name: x, steps: [{say: saldo}], then: {calls: 1}}, {name: y, steps: [{say: saldo}, {expect: {contains: saldo}}]}]
`,
    },
  ]
  const weak = mutate({flows, tests: less, file: 'flows/saldo.yaml'})
  expect(weak.survivors).toContainEqual(
    expect.objectContaining({node: 'consulta', change: "without the edge consulta → lento (outcome == 'timeout')"}),
  )
  expect(weak.survivors).toContainEqual(expect.objectContaining({node: 'devendo', unreached: true}))
})

test('every dialogue starts anew: time, ids and mocks are its own', () => {
  const text = `now: 2026-03-02T09:30
mocks: [{call: api_call, answer: {body: {saldo: 1}}, times: 1}]
dialogues:
  - {name: a, steps: [{say: saldo}, {expect: {contains: R$ 1.}}]}
  - {name: b, steps: [{say: saldo}, {expect: {contains: R$ 1.}}]}
`
  expect(run(text).passed).toBe(true)
})

test('a filter leaves dialogues out, and says nothing about mocks then', () => {
  const {dialogues, passed, transcript} = run(all, {only: (_, name) => name === 'demora'})
  expect(dialogues.map(({name}) => name)).toEqual(['demora'])
  expect({passed, transcript}).toEqual({passed: true, transcript: undefined})
})

test('a golden transcript is a dialogue people can read, and a differing one fails', () => {
  const {transcript = ''} = run(all)
  expect(transcript.split('\n').slice(0, 9)).toEqual([
    'saldo',
    '',
    '"mostra o saldo"',
    '  cliente  saldo',
    '  chamada  POST https://api.example.com/saldo/%2B5511987650001 → 200',
    '  bot      Seu saldo é R$ 12.5.',
    '  fim      completed · fim',
    '           saldo = 12.5',
    '           empresa = "XYZ"',
  ])
  const test = {name: 'flows/saldo.test.yaml', text: head + all}
  const same = runTests({flows, tests: [{...test, transcript}], monotonic: () => 0})
  expect(same.files[0]).toMatchObject({passed: true, difference: undefined})
  const old = transcript.replace('Seu saldo', 'O saldo')
  const other = runTests({flows, tests: [{...test, transcript: old}], monotonic: () => 0})
  expect(other.files[0]?.passed).toBe(false)
  expect(other.files[0]?.difference).toEqual([
    '   chamada  POST https://api.example.com/saldo/%2B5511987650001 → 200',
    '-  bot      O saldo é R$ 12.5.',
    '+  bot      Seu saldo é R$ 12.5.',
    '   fim      completed · fim',
  ])
})

test('texts of any length are compared', () => {
  expect(diffLines('a\nb\nc', 'a\nc\nd')).toEqual([' a', '-b', ' c', '+d'])
  const long = Array.from({length: 3000}, (_, n) => `${n}`)
  expect(diffLines(long.join('\n'), long.with(2500, 'x').join('\n'))).toEqual(['-2500', '+x'])
})
