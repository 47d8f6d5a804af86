import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import {canonical, hash} from '../../src/flow/compile.ts'
import {loadFlow, slug} from '../../src/flow/definition.ts'
import {readFixture} from './world.ts'

const templates = join(import.meta.dirname, '../../templates/flows')

const errorsOf = (text: string, options = {}) =>
  loadFlow(text, 'a.yaml', options).problems.map(({rule, line, column}) => `${rule} ${line}:${column}`)

/** A flow with one node more than a start. */
const around = (node: string, rest = '') => `flow: a
name: A
nodes:
  - ${node}
${rest}`

test("the specification's sample loads unchanged", () => {
  const {flow, problems} = loadFlow(readFixture('spec-sample.json'), 'spec-sample.json')
  expect(problems.filter((one) => one.severity === 'error')).toEqual([])
  expect(flow).toMatchObject({
    flow: 'atendimento-inicial',
    name: 'Atendimento Inicial',
    trigger: {type: 'message_received'},
    nodes: [
      {id: 'node1', type: 'message', position: {x: 100, y: 100}},
      {id: 'node2', type: 'message'},
    ],
    edges: [{source: 'node1', target: 'node2', condition: "response == 'Suporte'"}],
  })
})

test('the flow of the demo loads without a single problem', () => {
  const file = join(templates, 'boas-vindas.yaml')
  const {flow, problems} = loadFlow(readFileSync(file, 'utf8'), file)
  expect(problems).toEqual([])
  expect(flow?.trigger).toMatchObject({type: 'keyword', keywords: ['oi', 'olá', 'menu']})
})

test('everything wrong is told in one go, with its place and what was meant', () => {
  const text = `flow: atendimento
name: Atendimento
trigger: {type: keyword, keywords: [oi]}
nodes:
  - id: inicio
    type: start
    next: saudacao
  - {id: saudacao, type: message, data: {text: "Olá {{contact.nme}}", buttons: [a, b]}}
  - {id: escolha, type: wiat, data: {save_as: setor, timeout: 30m}}
  - {id: encerrar, type: end, data: {outcom: sem_resposta}}
  - {id: usa, type: message, data: {text: "{{vars.setor}}"}}
edges:
  - {source: saudacao, target: escolha}
  - {source: escolha, target: nada, condition: "response = 'Suporte'"}
  - {source: escolha, target: encerrar, condition: "outcme == 'timeout'"}
  - {source: encerrar, target: usa}
`
  const {flow, problems} = loadFlow(text, 'flows/atendimento.yaml')
  expect(flow).toBeUndefined()
  expect(
    problems.map(({line, column, rule, message, hint}) => [`${line}:${column}`, rule, [message, hint].join(' ')]),
  ).toEqual([
    ['8:55', 'template', '"contact.nme" is not known here. Did you mean "name"?'],
    ['9:25', 'unknown-node-type', '"wiat" is no node type. Did you mean "wait"?'],
    ['10:38', 'unknown-key', '"outcom" is no key here. Did you mean "outcome"?'],
    ['14:31', 'dangling-edge', 'The edge goes to "nada", which is no node of this flow. '],
    ['14:58', 'expression', 'Unexpected character: = "=" is no CEL operator; use "==".'],
    ['15:53', 'expression', '"outcme" is not known here. Did you mean "outcome"?'],
  ])
  expect(problems[4]?.excerpt).toEqual({text: "response = 'Suporte'", at: 9})
  expect(problems.every((one) => one.file === 'flows/atendimento.yaml')).toBe(true)
})

test('a key inside of another is told with what was meant', () => {
  const text = `flow: a
canary: {min_sesions: 5}
live: {defalt: finish}
trigger: {type: schedule, cron: "0 9 * * *", audience: {tag: [x]}}
nodes:
  - {id: a, type: message, data: {text: Oi, list: {button: Ver, items: [{titel: x}]}}}
`
  expect(loadFlow(text, 'a.yaml').problems.map(({message, hint}) => [message, hint].join(' '))).toEqual(
    expect.arrayContaining([
      '"min_sesions" is no key here. Did you mean "min_sessions"?',
      '"defalt" is no key here. Did you mean "default"?',
    ]),
  )
})

test('every name of a text that is not known is told, each once', () => {
  const text = `flow: a
vars: {x: null}
nodes: [{id: a, type: message, data: {text: "{{ vars.z }} {{ contact.nme }} {{ foo }} {{ foo }} {{ vars.x }}"}}]
`
  const {problems} = loadFlow(text, 'a.yaml')
  expect(problems.map(({column, message}) => `${column} ${message}`)).toEqual([
    '49 "vars.z" is not known here.',
    '62 "contact.nme" is not known here.',
    '80 "foo" is not known here.',
  ])
})

test('a text that a comma ends is to be put in quotes', () => {
  const hints = (data: string) =>
    loadFlow(`flow: a\nnodes:\n  - {id: a, type: message, data: ${data}}\n`, 'a.yaml').problems.map(({message, hint}) =>
      [message, hint].join(' '),
    )
  expect(hints('{text: Que alegria, obrigado!}')).toEqual([
    '"obrigado!" is no key here. A comma ends a text that has no quotes: put the text of "text" in quotes.',
  ])
  expect(hints('{text: Oi, Ana, tudo bem}')).toEqual([
    expect.stringContaining('the text of "text" in quotes'),
    expect.stringContaining('the text of "text" in quotes'),
  ])
  expect(hints('{text: "Que alegria", obrigado}').join()).not.toContain('quotes')
  expect(hints('{text: Oi, obrigado: sim}').join()).not.toContain('quotes')
})

test('a key of the file that is wrong takes none of the others with it', () => {
  const text = `flow: nps
naem: Pesquisa
vars: {nota: null}
nodes: [{id: a, type: message, data: {text: "{{ vars.nota }}"}}]
`
  const {parts, problems} = loadFlow(text, 'a.yaml')
  expect(problems.map(({message}) => message)).toEqual(['"naem" is no key here.'])
  expect(parts?.flow).toMatchObject({flow: 'nps', name: 'nps', vars: {nota: null}})
})

describe('refused', () => {
  test.each<[string, string, string[]]>([
    ['broken YAML', 'flow: [', ['syntax 1:8']],
    ['no object', '- a', ['syntax 1:1']],
    ['two documents', 'flow: a\n---\nflow: b', ['syntax 2:1']],
    ['a key twice', 'flow: a\nflow: b', ['syntax 2:1']],
    ['an unknown key at the top', around('{id: s, type: start}', 'nam: B'), ['unknown-key 5:1']],
    ['no nodes', 'flow: a\nname: A\nnodes: []', ['invalid-value 3:8']],
    ['no key', 'nodes: [{id: a, type: end}]', ['missing-key 1:1']],
    ['a bad key', 'flow: Ação\nnodes: [{id: a, type: end}]', ['invalid-value 1:7']],
    ['a node without a type', around('{id: a}'), ['missing-key 4:5']],
    ['an id that cannot travel', around('{id: "a/b", type: end}'), ['invalid-value 4:10']],
    ['an id twice', around('{id: a, type: end}\n  - {id: a, type: end}'), ['duplicate-node 5:10']],
    [
      'two starts',
      around('{id: a, type: start}\n  - {id: b, type: start}', 'edges: [{source: a, target: b}]'),
      ['two-starts 5:19'],
    ],
    ['a key in a node', around('{id: a, type: end, dat: {}}'), ['unknown-key 4:24']],
    ['an edge from nowhere', around('{id: a, type: end}', 'edges: [{source: x, target: a}]'), ['dangling-edge 5:18']],
    [
      'two defaults',
      around('{id: a, type: message, data: {text: x}, next: [b, b]}\n  - {id: b, type: end}'),
      ['two-defaults 4:55'],
    ],
    [
      'next and edges',
      around(
        '{id: a, type: message, data: {text: x}, next: b}\n  - {id: b, type: end}',
        'edges: [{source: a, target: b, condition: "1 == 1"}]',
      ),
      ['next-and-edges 6:18'],
    ],
    [
      'a loop without a wait',
      around('{id: a, type: message, data: {text: x}, next: b}\n  - {id: b, type: condition, next: a}'),
      ['loop-without-wait 4:10'],
    ],
    ['a bare number as a duration', around('{id: a, type: wait, data: {timeout: 30}}'), ['invalid-value 4:41']],
    ['a bad duration', around('{id: a, type: wait, data: {timeout: 30x}}'), ['duration 4:41']],
    ['a life over 30 days', around('{id: a, type: end}', 'expires: 31d'), ['duration 5:10']],
    ['an unknown kind of answer', around('{id: a, type: wait, data: {expect: cfp}}'), ['invalid-value 4:40']],
    ['no content', around('{id: a, type: message, data: {footer: x}}'), ['missing-key 4:34']],
    [
      'two contents',
      around('{id: a, type: message, data: {image: "https://a/b", location: {latitude: 1, longitude: 2}}}'),
      ['invalid-value 4:67'],
    ],
    ['buttons without text', around('{id: a, type: message, data: {buttons: [a]}}'), ['invalid-value 4:44']],
    [
      'a long button',
      around(`{id: a, type: message, data: {text: x, buttons: ["${'b'.repeat(21)}"]}}`),
      ['too-long 4:54'],
    ],
    [
      'a long row',
      around(`{id: a, type: message, data: {text: x, buttons: [1, 2, 3, "${'b'.repeat(25)}"]}}`),
      ['too-long 4:63'],
    ],
    [
      'a long body',
      around(`{id: a, type: message, data: {buttons: [b], text: "${'b'.repeat(1025)}"}}`),
      ['too-long 4:55'],
    ],
    [
      'a long text beside its variables',
      around(`{id: a, type: message, data: {text: "${'b'.repeat(4097)}{{ response }}"}}`),
      ['too-long 4:41'],
    ],
    [
      'eleven options',
      around('{id: a, type: message, data: {text: x, buttons: [1,2,3,4,5,6,7,8,9,10,11]}}'),
      ['too-many-options 4:53'],
    ],
    [
      'options that fold to the same',
      around('{id: a, type: message, data: {text: x, buttons: [Não, nao]}}'),
      ['duplicate-option 4:59'],
    ],
    ['a secret outside a call', around('{id: a, type: message, data: {text: "${secret.API}"}}'), ['secret 4:41']],
    [
      'a variable without a value',
      around('{id: a, type: message, data: {text: "${var.loja}"}}'),
      ['unknown-variable 4:41'],
    ],
    ['a jump to a bad key', around('{id: a, type: jump, data: {flow: "A B"}}'), ['invalid-value 4:38']],
    [
      'save_as of a jump that does not return',
      around('{id: a, type: jump, data: {flow: b, save_as: x}}'),
      ['invalid-value 4:41'],
    ],
    ['a call that is no address', around('{id: a, type: api_call, data: {url: "ftp://x"}}'), ['invalid-value 4:41']],
    [
      'a call longer than it may take',
      around('{id: a, type: api_call, data: {url: "https://x", timeout: 11s}}'),
      ['limit 4:63'],
    ],
    [
      'a bad target of set',
      around('{id: a, type: set_variable, data: {set: {contact.phone: "1"}}}'),
      ['invalid-value 4:61'],
    ],
    ['no such trigger', around('{id: a, type: end}', 'trigger: {type: keywrd}'), ['invalid-value 5:17']],
    ['a keyword trigger without keywords', around('{id: a, type: end}', 'trigger: keyword'), ['invalid-value 5:10']],
    [
      'a bad cron pattern',
      around('{id: a, type: end}', 'trigger: {type: schedule, cron: "9 o clock"}'),
      ['trigger 5:33'],
    ],
    [
      'a bad time zone',
      around('{id: a, type: end}', 'trigger: {type: schedule, cron: "0 9 * * *", timezone: Brasilia}'),
      ['trigger 5:56'],
    ],
    [
      'a bad audience',
      around('{id: a, type: end}', 'trigger: {type: schedule, cron: "0 9 * * *", audience: {where: "contact.x"}}'),
      ['expression 5:73'],
    ],
    ['a move to no node', around('{id: a, type: end}', 'live: {nodes: {b: {move: c}}}'), ['dangling-edge 5:26']],
  ])('%s', (_what, text, problems) => {
    expect(errorsOf(text)).toEqual(problems)
    expect(loadFlow(text, 'a.yaml').flow).toBeUndefined()
  })

  test('more than a thousand nodes', () => {
    const nodes = Array.from(
      {length: 1001},
      (_, i) => `  - {id: n${i}, type: message, data: {text: x}, next: n${i + 1}}`,
    )
    expect(errorsOf(`flow: a\nnodes:\n${nodes.join('\n')}`)[0]).toBe('limit 2:1')
  })

  test('more than fifty aliases', () => {
    const data = Array.from({length: 51}, (_, i) => `  - {id: n${i}, type: message, data: *d}`)
    expect(errorsOf(`flow: a\nx: &d {text: x}\nnodes:\n${data.join('\n')}`)[0]).toMatch(/^limit 54:/)
  })

  test('a file over a megabyte', () => {
    expect(errorsOf(`# ${'x'.repeat(1_048_576)}`)).toEqual(['limit 1:1'])
  })
})

describe('accepted', () => {
  test('a node nothing leads to is only a warning', () => {
    const {flow, problems} = loadFlow(around('{id: a, type: end}\n  - {id: b, type: end}'), 'a.yaml')
    expect(flow).toBeDefined()
    expect(problems).toMatchObject([{rule: 'unreachable-node', severity: 'warn', line: 5}])
  })

  test('a loop in which someone is waited for', () => {
    const loop = `{id: a, type: message, data: {text: x, buttons: [Sim]}, next: [{if: "response == 'x'", to: b}, a]}\n  - {id: b, type: end}`
    expect(errorsOf(around(loop))).toEqual([])
  })

  test('trigger_value of the specification', () => {
    const {flow} = loadFlow(around('{id: a, type: end}', 'trigger: keyword\ntrigger_value: "oi, olá,"'), 'a.yaml')
    expect(flow?.trigger).toEqual({type: 'keyword', keywords: ['oi', 'olá'], match: 'whole'})
  })

  test('values of ${var}, which keep their type when they stand alone', () => {
    const text = around('{id: a, type: wait, data: {tries: "${var.tries}", reask: "Loja ${var.loja}"}}')
    const {flow} = loadFlow(text, 'a.yaml', {variables: {tries: 2, loja: 'Centro'}})
    expect(flow?.nodes[0]?.data).toMatchObject({tries: 2, reask: 'Loja Centro'})
  })

  test('aliases, and problems inside them have the place of the alias', () => {
    const text = 'flow: a\nvars: &v {x: 1}\nnodes:\n  - {id: a, type: end, data: {output: *v}}'
    expect(errorsOf(text)).toEqual([])
  })
})

describe('the hash', () => {
  const yaml = `flow: a
name: A
trigger: {type: keyword, keywords: [oi]}
nodes:
  - id: x
    type: message
    data: {text: Oi, buttons: [Sim]}
    next: y
  - {id: y, type: end}`
  const json = JSON.stringify({
    name: 'A',
    edges: [{id: 'e1', target: 'y', source: 'x', condition: ''}],
    nodes: [
      {position: {x: 1, y: 2}, type: 'message', id: 'x', data: {buttons: [{title: 'Sim'}], text: 'Oi'}},
      {id: 'y', data: {}, type: 'end'},
    ],
    trigger: {keywords: ['oi'], type: 'keyword'},
    flow: 'a',
  })
  const load = (text: string) => loadFlow(text, 'f').flow ?? expect.fail('does not load')

  test('is the same for the same meaning, however it is written', () => {
    expect(canonical(load(json))).toBe(canonical(load(yaml)))
    expect(hash(load(json))).toBe(hash(load(yaml)))
    expect(hash(load(json))).toMatch(/^[0-9a-f]{64}$/)
  })

  test('changes with the meaning', () => {
    expect(hash(load(yaml.replace('Oi,', 'Olá,')))).not.toBe(hash(load(yaml)))
  })

  test('a canonical definition loads again to itself', () => {
    const again = load(canonical(load(yaml)))
    expect(canonical(again)).toBe(canonical(load(yaml)))
  })
})

test('a key is made of a name', () => {
  expect(slug('Atendimento Inicial!')).toBe('atendimento-inicial')
  expect(slug('2ª via / boleto')).toBe('2-via-boleto')
})
