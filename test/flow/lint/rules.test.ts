import {describe, expect, test} from 'vitest'
import {lintFlows, type LintInput} from '../../../src/flow/lint/lint.ts'

const found = (text: string, more: Partial<LintInput> = {}) =>
  lintFlows({files: [{name: 'a.yaml', text}], partial: true, ...more}).map(
    ({line, column, rule}) => `${rule} ${line}:${column}`,
  )

const flow = (nodes: string, head = '') => `flow: a\n${head}nodes:\n${nodes.replace(/^/gm, '  ')}\n`
const say = (id: string, next = '') => `- {id: ${id}, type: message, data: {text: x}${next && `, next: ${next}`}}`
const call = (data: string) =>
  flow(`- {id: c, type: api_call, data: {${data}}, next: [{if: "outcome != 'ok'", to: f}, f]}\n- {id: f, type: end}`)
const https = 'url: "https://api.example.com/x"'

describe('secret-in-file', () => {
  test.each([
    ['a token of Meta in a text', flow(`- {id: m, type: message, data: {text: "EAA${'b1C'.repeat(12)}"}}`)],
    ['a token in a comment', `# old: ghp_${'a1'.repeat(18)}\n${flow(say('m'))}`],
    ['a signed token', call(`${https}, headers: {X-Auth: eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.abcdefghijklm}`)],
    ['a Basic header', call(`${https}, headers: {Authorization: "Basic dXNlcjpwYXNzd29yZA=="}`)],
    ['a key header', call(`${https}, headers: {X-Api-Key: abc123def}`)],
    ['a password in the body', call(`method: POST, ${https}, body: {user: ana, password: hunter22}`)],
    ['a password in the address', call('url: "https://ana:hunter22@api.example.com/x"')],
    ['a token in the query', call('url: "https://api.example.com/x?token=abc123def&y=1"')],
    ['a long random value', call(`method: POST, ${https}, body: {k: 9f8a7b6c5d4e3f2a1b0c9d8e7f6a5b4c3d2e}`)],
    [
      'a link with a password in a message',
      flow('- {id: m, type: message, data: {image: "https://u:geheim@h.example/a.png"}}'),
    ],
  ])('%s', (_what, text) => {
    expect(found(text)).toEqual([expect.stringMatching(/^secret-in-file/)])
    const told = JSON.stringify(lintFlows({files: [{name: 'a.yaml', text}], partial: true}))
    expect(told).not.toMatch(/hunter22|geheim|abc123def|b1Cb1C|dXNlcjpw/)
  })

  test.each([
    ['a reference', call(`${https}, headers: {Authorization: "Bearer \${secret.T}", X-Api-Key: "\${secret.K}"}`)],
    [
      'a value that is filled in',
      call('url: "https://api.example.com/x?token={{ vars.t }}"').replace('nodes:', 'vars: {t: null}\nnodes:'),
    ],
    [
      'a file by its hash',
      flow(`- {id: m, type: message, data: {image: {sha256: "${'0a1b2c3d'.repeat(8)}", mime_type: image/png}}}`),
    ],
    ['an id with dashes', call(`method: POST, ${https}, body: {id: 0192aaaa-bbbb-7ccc-8ddd-eeeeffff0000}`)],
    ['a plain header', call(`${https}, headers: {Accept: application/json, X-Client: pytake}`)],
    ['a long word', call(`method: POST, ${https}, body: {texto: pneumoultramicroscopicossilicovulcanoconiótico}`)],
    ['the word password in a text', flow('- {id: m, type: message, data: {text: "Sua senha: peça no balcão"}}')],
    ['a port in an address', call('url: "https://api.example.com:8443/a@b/c"')],
  ])('but not %s', (_what, text) => expect(found(text)).toEqual([]))
})

describe('unset-variable', () => {
  const wait = (id: string, name: string, next: string) =>
    `- {id: ${id}, type: wait, data: {save_as: ${name}}, next: ${next}}`
  test.each([
    [
      'a condition before',
      `- {id: c, type: condition, next: [{if: "vars.x == 'a'", to: w}, w]}\n${wait('w', 'x', 'f')}\n- {id: f, type: end}`,
      ['unset-variable 3:43'],
    ],
    [
      'the other branch sets it',
      `- {id: c, type: condition, next: [{if: "response == 'a'", to: w}, m]}\n${wait('w', 'x', 'f')}\n- {id: m, type: message, data: {text: "{{ vars.x }}"}, next: f}\n- {id: f, type: end}`,
      ['unset-variable 5:45'],
    ],
    [
      'one of two branches sets it',
      `- {id: c, type: condition, next: [{if: "response == 'a'", to: w}, m]}\n${wait('w', 'x', 'm')}\n- {id: m, type: message, data: {text: "{{ vars.x }}"}, next: f}\n- {id: f, type: end}`,
      [],
    ],
    [
      'its own edge',
      `- {id: w, type: wait, data: {save_as: x}, next: [{if: "vars.x == 'a'", to: f}, f]}\n- {id: f, type: end}`,
      [],
    ],
    [
      'the next round sets it',
      `- {id: m, type: message, data: {text: "{{ vars.x }}"}, next: w}\n${wait('w', 'x', 'm')}`,
      [],
    ],
  ])('%s', (_what, nodes, rules) => expect(found(flow(nodes))).toEqual(rules))

  test('a first value counts as set', () => {
    const nodes = `- {id: m, type: message, data: {text: "{{ vars.x }}"}, next: w}\n${wait('w', 'x', 'f')}\n- {id: f, type: end}`
    expect(found(flow(nodes, 'vars: {x: null}\n'))).toEqual([])
    expect(found(flow(nodes))).toEqual(['unset-variable 3:45'])
  })
})

describe('outcomes', () => {
  const end = '\n- {id: f, type: end}'
  const wait = (data: string, next: string) => `- {id: w, type: wait, data: {${data}}, next: ${next}}${end}`
  test.each([
    ['silence without an edge', wait('timeout: 5m', 'f'), ['unhandled-outcome 3:10']],
    ['silence with one', wait('timeout: 5m', `[{if: "outcome == 'timeout'", to: f}, f]`), []],
    [
      'silence among other conditions',
      wait('timeout: 5m', `[{if: "outcome == 'timeout' && business.open", to: f}, f]`),
      [],
    ],
    [
      'an edge for another outcome',
      wait('timeout: 5m, expect: cpf', `[{if: "outcome == 'invalid' && business.open", to: f}, f]`),
      ['unhandled-outcome 3:10'],
    ],
    [
      'an outcome that is misspelt, in a list',
      wait('timeout: 5m', `[{if: "outcome in ['timeout', 'timout']", to: f}, f]`),
      ['unknown-outcome 3:58'],
    ],
    [
      'an outcome of another kind of node, the other way round',
      wait('timeout: 5m', `[{if: "outcome == 'timeout' || 'ok' == outcome", to: f}, f]`),
      ['unknown-outcome 3:58'],
    ],
    ['a transfer without a timeout', `- {id: t, type: transfer, next: f}${end}`, []],
    [
      'a transfer with one',
      `- {id: t, type: transfer, data: {timeout: 1h}, next: f}${end}`,
      ['unhandled-outcome 3:10'],
    ],
    [
      'only the bad way',
      `- {id: m, type: message, data: {text: x}, next: [{if: "outcome != 'ok'", to: f}]}${end}`,
      ['no-default-edge 3:10'],
    ],
    [
      'both ways by name',
      `- {id: c, type: condition, data: {expression: "business.open"}, next: [{if: "outcome == 'true'", to: f}, {if: "outcome == 'false'", to: f}]}${end}`,
      [],
    ],
    [
      'one way by name',
      `- {id: c, type: condition, data: {expression: "business.open"}, next: [{if: "outcome == 'true'", to: f}]}${end}`,
      ['no-default-edge 3:10'],
    ],
    [
      'some failures of a call',
      `- {id: c, type: api_call, data: {${https}}, next: [{if: "outcome == 'timeout'", to: f}, f]}${end}`,
      ['call-without-failure-path 3:10'],
    ],
    [
      'a look-up in an ERP that no edge is sure to fit',
      `- {id: e, type: erp, data: {operation: plans}, next: [{if: "outcome != 'found'", to: f}, {if: "business.open", to: f}]}${end}`,
      ['no-default-edge 3:10'],
    ],
    [
      'any name after a jump that comes back, and after an end',
      `- {id: j, type: jump, data: {flow: x, return: true}, next: [{if: "outcome in ['failed', 'pago']", to: f}, f]}
- {id: f, type: end, next: [{if: "outcome == 'nada'", to: j}]}`,
      [],
    ],
  ])('%s', (_what, nodes, rules) => expect(found(flow(nodes))).toEqual(rules))
})

describe('window-may-close', () => {
  const ask = (id: string, timeout: string, later: string) =>
    `- {id: ${id}, type: wait, data: {timeout: ${timeout}}, next: [{if: "outcome == 'timeout'", to: ${later}}, f]}`
  const end = '- {id: f, type: end}'
  const handled = `[{if: "outcome == 'window_closed'", to: f}, f]`
  test.each([
    ['one long silence', [ask('w', '2d', 'm'), say('m', 'f'), end], ['window-may-close 4:10']],
    ['two shorter ones', [ask('w', '13h', 'v'), ask('v', '13h', 'm'), say('m', 'f'), end], ['window-may-close 5:10']],
    ['a short one', [ask('w', '12h', 'm'), say('m', 'f'), end], []],
    ['an edge for it', [ask('w', '2d', 'm'), say('m', handled), end], []],
    ['timeouts in a circle', [ask('w', '1h', 'm'), say('m', 'w'), end], ['window-may-close 4:10']],
    [
      'an answer in between',
      [ask('w', '20h', 'f').replace(', f]', ', v]'), ask('v', '20h', 'm'), say('m', 'f'), end],
      [],
    ],
  ])('%s', (_what, nodes, rules) => expect(found(flow(nodes.join('\n')))).toEqual(rules))

  test('a scheduled flow begins with the window closed', () => {
    const head = 'trigger: {type: schedule, cron: "0 9 * * *"}\n'
    expect(found(flow(say('m'), head))).toEqual(['window-may-close 4:10'])
    expect(found(flow('- {id: m, type: message, data: {template: {name: a, language: pt_BR}}}', head))).toEqual([])
  })
})

describe('may-be-too-long', () => {
  const title = (text: string) =>
    flow(`- {id: m, type: message, data: {text: x, buttons: ["${text}"]}}`, 'vars: {x: null}\n')
  test.each([
    ['a name', '{{ contact.name }}', ['may-be-too-long 4:54']],
    ['a first name', '{{ contact.name | first_name }}', []],
    ['a first name and more', 'Oi, {{ contact.name | first_name }}', ['may-be-too-long 4:54']],
    ['a variable cut short', '{{ vars.x | truncate: 20 }}', []],
    ['branches that both fit', '{% if vars.x %}Segunda via boleto{% else %}Outro assunto aqui{% endif %}', []],
    ['a loop', '{% for a in vars.x %}{{ a }}{% endfor %}', ['may-be-too-long 4:54']],
    ['a document', '{{ response | cpf }}', []],
  ])('%s', (_what, text, rules) => expect(found(title(text))).toEqual(rules))

  test('branches that are too long are an error only when every way is', () => {
    const long = 'b'.repeat(21)
    expect(found(title(`{% if vars.x %}${long}{% else %}${long}{% endif %}`))).toEqual(['too-long 4:54'])
    expect(found(title(`{% if vars.x %}${long}{% else %}a{% endif %}`))).toEqual(['may-be-too-long 4:54'])
  })
})

describe('flows together', () => {
  const jump = (key: string, data: string) => `flow: ${key}\nnodes:\n  - {id: j, type: jump, data: {${data}}}\n`
  const files = (...texts: string[]) => texts.map((text, n) => ({name: `${n}.yaml`, text}))
  const together = (linted: string[], beside: string[] = []) =>
    lintFlows({files: files(...linted), beside: files(...linted, ...beside).slice(linted.length)}).map(
      ({file, rule}) => `${file} ${rule}`,
    )
  test('a jump finds its target in a file beside', () => {
    expect(together([jump('a', 'flow: b')])).toEqual(['0.yaml dangling-jump'])
    expect(together([jump('a', 'flow: b')], ['flow: b\nnodes: [{id: x, type: end}]'])).toEqual([])
    expect(found(jump('a', 'flow: b'))).toEqual([])
  })
  test('a circle of jumps at once is told, one that waits is not', () => {
    expect(together([jump('a', 'flow: b'), jump('b', 'flow: a')])).toEqual(['0.yaml recursion', '1.yaml recursion'])
    const waits = 'flow: b\nnodes:\n  - {id: w, type: wait, next: j}\n  - {id: j, type: jump, data: {flow: a}}\n'
    expect(together([jump('a', 'flow: b'), waits])).toEqual([])
  })
  test('a keyword clashes with a file beside, in the linted one only', () => {
    const keyed = (key: string) => `flow: ${key}\ntrigger: {type: keyword, keywords: [oi]}\nnodes: [{id: x, type: end}]`
    expect(together([keyed('a')], [keyed('b')])).toEqual(['0.yaml keyword-clash'])
    expect(together([keyed('a')], [keyed('a')])).toEqual(['0.yaml duplicate-flow'])
    const broken = 'flow: b\ntrigger: {type: keyword, keywords: [oi]}\nnodes: [{id: x, typ: end}]'
    expect(together([keyed('a')], [broken, 'not: [a flow'])).toEqual(['0.yaml keyword-clash'])
  })
})

describe('severities', () => {
  const dead = flow('- {id: w, type: wait}')
  test('are the rule’s own unless told', () => {
    expect(lintFlows({files: [{name: 'a', text: dead}]})).toMatchObject([{rule: 'dead-end', severity: 'warn'}])
    expect(lintFlows({files: [{name: 'a', text: dead}], rules: {'dead-end': 'error'}})).toMatchObject([
      {severity: 'error'},
    ])
    expect(lintFlows({files: [{name: 'a', text: dead}], rules: {'dead-end': 'off'}})).toEqual([])
  })
  test('what apply refuses stays an error', () => {
    const refused = flow('- {id: w, type: wiat}')
    const rules = {'unknown-node-type': 'off'} as const
    expect(lintFlows({files: [{name: 'a', text: refused}], rules})).toMatchObject([{severity: 'error'}])
  })
})

test('a flow that could not be read whole is not also called dead or unhandled', () => {
  const text = flow(
    '- {id: m, type: message, data: {text: "{{ nada }}"}, next: w}\n- {id: w, type: wiat}\n- {id: f, type: end}',
  )
  expect(found(text)).toEqual(['template 3:45', 'unknown-node-type 4:19', 'unreachable-node 5:10'])
})

describe('canary.abort_when', () => {
  const canary = (rule: string) => found(flow(say('m'), `canary: {abort_when: "${rule}"}\n`))

  test.each(['failed', 'error_rate + 1', 'failed + 0.5', "error_rate > 'a'"])('%s gives no true or false', (rule) => {
    expect(canary(rule)).toEqual([expect.stringMatching(/^expression 2:/)])
  })
  test('says what it gives', () => {
    const [problem] = lintFlows({files: [{name: 'a.yaml', text: flow(say('m'), 'canary: {abort_when: failed}\n')}]})
    expect(problem?.message).toBe('It gives int, but it has to be true or false.')
  })
  test.each(['error_rate > 5', 'error_rate >= 1.5', 'error_rate > 1', '5 < error_rate', 'failed > 2 && error_rate>50'])(
    '%s is never true',
    (rule) => expect(canary(rule)).toEqual([expect.stringMatching(/^canary-never-aborts 2:/)]),
  )
  test.each([
    'error_rate >= 1',
    'error_rate == 1',
    'error_rate > 0.05',
    'error_rate > 5.0 / 100',
    '100 * error_rate > 5',
    'error_rate * 100 > 5',
    '0.5 < error_rate && failed > 20',
    'failed > sessions * 0.05',
    'failed / ended > 0',
  ])('%s is fine', (rule) => expect(canary(rule)).toEqual([]))
})

test('flows that clash are named although another key of one is wrong, and not when it has no key', () => {
  const one = 'trigger: {type: keyword, keywords: [oi]}\nnodes: [{id: m, type: message, data: {text: x}}]\n'
  const clash = (head: string) =>
    lintFlows({
      files: [
        {name: 'a.yaml', text: `${head}\n${one}`},
        {name: 'b.yaml', text: `flow: nps\n${one}`},
      ],
    }).filter(({rule}) => rule === 'keyword-clash')
  expect(clash('flow: menu\nexpres: 1h').map(({message}) => message)).toEqual([
    expect.stringMatching(/menu and nps both/),
  ])
  expect(clash('flow: "Não é"')).toEqual([])
})
