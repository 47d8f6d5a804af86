import {expect, test} from 'vitest'
import {runTests} from '../../../src/flow/test-run/run.ts'

const flow = `flow: menu
trigger: {type: keyword, keywords: [oi]}
vars: {nome: null}
nodes:
  - {id: a, type: message, data: {text: Oi!, buttons: [Sim, Não]}, next: w}
  - {id: w, type: wait, data: {save_as: nome}, next: c}
  - {id: c, type: api_call, data: {url: "https://api.example.com/x", headers: {Authorization: "\${secret.CHAVE}"}}, next: [{if: "outcome != 'ok'", to: e}, f]}
  - {id: e, type: end, data: {outcome: sem_saldo}}
  - {id: f, type: end, data: {outcome: feito}}
`

function run(text: string, flows = [{name: 'flows/menu.yaml', text: flow}]) {
  const {files} = runTests({flows, tests: [{name: 'flows/menu.test.yaml', text}], monotonic: () => 0})
  const [file] = files
  if (!file) throw new Error('No result.')
  return file
}

const steps = (...lines: string[]) =>
  `flow: menu\ndialogues:\n  - name: um\n    steps:\n${lines.map((line) => `      - ${line}\n`).join('')}`
const then = (text: string) => `${steps('say: oi', 'expect: Oi!')}    then: ${text}\n`
const mock = (text: string) =>
  `flow: menu\nmocks:\n  - ${text}\ndialogues:\n  - name: um\n    steps: [{say: oi}, {expect: Oi!}]\n`

/** What is wrong, the file, its place, the rule and a part of what is told. */
const cases: [string, string, string, string, RegExp][] = [
  ['no YAML', 'flow: [', '1:8', 'syntax', /./],
  ['a list', '- flow: menu', '1:1', 'syntax', /one object/],
  ['the same key twice', 'flow: menu\nflow: menu\n', '2:1', 'syntax', /stands here twice/],
  ['a tab', 'flow: menu\ndialogues:\n\t- x', '3:1', 'syntax', /./],
  ['aliases that explode', `a: &a [1]\nb: [${'*a, '.repeat(60)}]\n`, '1:\\d+|2:\\d+', 'limit', /alias/],
  ['no flow', 'dialogues: []', '1:1', 'missing-key', /"flow"/],
  ['no dialogues', 'flow: menu', '1:1', 'missing-key', /"dialogues"/],
  ['an empty list of dialogues', 'flow: menu\ndialogues: []', '2:12', 'no-dialogues', /1 to/],
  ['a misspelt key', 'flow: menu\ndialgues: []\n', '2:1', 'unknown-key', /dialgues.*Did you mean "dialogues"/],
  [
    'a misspelt key of a dialogue',
    'flow: menu\ndialogues:\n  - {name: x, stesp: []}',
    '3:15',
    'unknown-key',
    /"steps"/,
  ],
  [
    'a dialogue without a name',
    'flow: menu\ndialogues:\n  - {steps: [{say: oi}, {expect: Oi!}]}',
    '3:5',
    'missing-key',
    /"name"/,
  ],
  ['a dialogue without steps', 'flow: menu\ndialogues:\n  - {name: x, steps: []}', '3:22', 'no-steps', /1 to/],
  [
    'two dialogues of one name',
    `${steps('say: oi', 'expect: Oi!')}  - {name: um, steps: [{say: oi}, {expect: Oi!}]}\n`,
    '7:12',
    'duplicate-name',
    /um/,
  ],
  ['a dialogue that asserts nothing', steps('say: oi'), '3:5', 'asserts-nothing', /"um" asserts nothing/],
  ['an expectation of nothing', steps('say: oi', 'expect: {}'), '6:17', 'asserts-nothing', /expects nothing/],
  ['then without anything', then('{}'), '7:11', 'asserts-nothing', /then/],
  ['then with no variable', then('{vars: {}}'), '7:18', 'asserts-nothing', /vars/],
  ['a misspelt step', steps('sya: oi', 'expect: Oi!'), '5:9', 'unknown-key', /Did you mean "say"/],
  ['two things in one step', steps('{say: oi, expect: Oi!}'), '5:9', 'step', /say and expect/],
  [
    'a misspelt expectation',
    steps('say: oi', 'expect: {contians: Oi}'),
    '6:18',
    'unknown-key',
    /Did you mean "contains"/,
  ],
  [
    'a kind of message that is none',
    steps('say: oi', 'expect: {kind: butons}'),
    '6:24',
    'invalid-value',
    /Did you mean "buttons"/,
  ],
  ['a pattern that is none', steps('say: oi', 'expect: {matches: "("}'), '6:27', 'pattern', /./],
  ['none with something', steps('say: oi', 'expect: {none: true, text: x}'), '6:17', 'step', /none/],
  ['a bare number as a duration', steps('say: oi', 'silence: 25', 'expect: Oi!'), '6:18', 'invalid-value', /string/],
  ['a duration that is none', steps('say: oi', 'silence: 25x', 'expect: Oi!'), '6:18', 'duration', /25x/],
  ['a longer silence than a year', steps('say: oi', 'advance: 400d', 'expect: Oi!'), '6:18', 'duration', /366d/],
  ['media that is none', steps('media: gif', 'expect: Oi!'), '5:16', 'invalid-value', /image/],
  [
    'a place outside the world',
    steps('location: {latitude: 91, longitude: 0}', 'expect: Oi!'),
    '5:30',
    'invalid-value',
    /./,
  ],
  ['a time that is none', `now: amanhã\n${steps('say: oi', 'expect: Oi!')}`, '1:6', 'invalid-value', /amanhã/],
  [
    'a flow that is not there',
    steps('say: oi', 'expect: Oi!').replace('menu', 'mneu'),
    '1:7',
    'unknown-flow',
    /"mneu".*"menu"/,
  ],
  ['another flow that is not there', `also: [x]\n${steps('say: oi', 'expect: Oi!')}`, '1:8', 'unknown-flow', /"x"/],
  ['a variable that is none', then('{vars: {nmoe: x}}'), '7:12', 'unknown-variable', /nmoe.*"nome"/],
  ['a first value of none', `vars: {nmoe: x}\n${steps('say: oi', 'expect: Oi!')}`, '1:1', 'unknown-variable', /"nome"/],
  ['a node that is none', then('{node: z}'), '7:12', 'unknown-node', /"z"/],
  ['an outcome that is none', then('{outcome: feitoo}'), '7:12', 'unknown-outcome', /"feito"/],
  ['an event that is none', then('{events: [flow_strated]}'), '7:21', 'unknown-event', /"flow_started"/],
  ['a misspelt assertion', then('{varz: {}}'), '7:12', 'unknown-key', /"vars"/],
  ['a mock without an answer', mock('{call: api_call}'), '3:5', 'mock', /answer.*fail/],
  ['a mock of what cannot be called', mock('{call: api_cal, fail: timeout}'), '3:12', 'invalid-value', /"api_call"/],
  ['a way to fail that is none', mock('{call: api_call, fail: timeuot}'), '3:28', 'mock', /"timeout"/],
  ['an answer that HTTP has not', mock('{call: api_call, answer: {stauts: 200}}'), '3:31', 'unknown-key', /"status"/],
  [
    'a mock for a node that is none',
    mock('{call: api_call, match: {node: z}, fail: error}'),
    '3:5',
    'unknown-node',
    /"z"/,
  ],
  ['a mock that nobody uses', mock('{call: api_call, fail: timeout}'), '3:5', 'unused-mock', /No api_call uses/],
]

test.each(cases)('%s is an error with its place', (_, text, place, rule, message) => {
  const {passed, problems} = run(text)
  expect(passed).toBe(false)
  const told = problems.map(
    (one) => `${one.file} ${one.line}:${one.column} ${one.rule} ${one.message} ${one.hint ?? ''}`,
  )
  expect(told.join('\n')).toMatch(new RegExp(`^flows/menu.test.yaml (?:${place}) ${rule} `, 'm'))
  expect(told.join('\n')).toMatch(message)
})

test('a flow that has mistakes is told with its own places', () => {
  const bad = [{name: 'flows/menu.yaml', text: flow.replace('next: c', 'next: cc')}]
  expect(run(steps('say: oi', 'expect: Oi!'), bad).problems).toMatchObject([
    {file: 'flows/menu.yaml', line: 6, rule: 'dangling-edge'},
  ])
})

test('an optional mock need not be used; one for two calls must be used twice', () => {
  expect(run(mock('{call: api_call, fail: timeout, optional: true}')).problems).toEqual([])
  const twice = `flow: menu
mocks: [{call: api_call, answer: {body: 1}, times: 2}]
dialogues: [{name: x, steps: [{say: oi}, {expect: Oi!}, {say: a}], then: {outcome: feito}}]
`
  expect(run(twice).problems).toMatchObject([{rule: 'unused-mock', message: expect.stringContaining('2 calls; 1')}])
})

/** Dialogues that fail: the steps, the place in the test file, and what is told. */
const failures: [string, string, string, object][] = [
  ['another text', steps('say: oi', 'expect: Olá'), '6:17', {expected: 'bot: "Olá"', got: 'bot: "Oi! [Sim] [Não]"'}],
  [
    'nothing instead of an answer',
    steps('say: olá', 'expect: Oi!'),
    '6:17',
    {got: 'nothing', hint: expect.stringContaining('keywords oi')},
  ],
  ['an answer instead of nothing', steps('say: oi', 'expect: {none: true}'), '6:17', {expected: 'nothing'}],
  [
    'an answer that is not expected',
    steps('say: oi', 'tap: Sim', 'expect: {none: true}'),
    '6:9',
    {expected: 'nothing more'},
  ],
  ['other buttons', steps('say: oi', 'expect: {buttons: [Não, Sim]}'), '6:17', {expected: 'bot: with [Não] [Sim]'}],
  [
    'a tap on what was not offered',
    steps('say: oi', 'expect: Oi!', 'tap: Talvez'),
    '7:9',
    {message: expect.stringContaining('"Talvez"'), hint: 'Offered: [Sim] [Não]'},
  ],
  [
    'a pick of a button',
    steps('say: oi', 'expect: Oi!', 'pick: Sim'),
    '7:9',
    {hint: expect.stringContaining('tap it')},
  ],
  [
    'a call without a mock',
    steps('say: oi', 'expect: Oi!', 'tap: Sim'),
    '7:9',
    {message: 'No mock answers GET https://api.example.com/x.'},
  ],
  [
    'a call that is tried again with a mock that answers once',
    `${steps('say: oi', 'expect: Oi!', 'tap: Sim')}    mocks: [{call: api_call, match: {node: c}, fail: timeout, times: 1}]\n`,
    '7:9',
    {hint: expect.stringContaining('has answered its one time; a call that fails is tried again')},
  ],
  [
    'giving back what nobody took',
    steps('say: oi', 'expect: Oi!', 'hand_back: returned'),
    '7:9',
    {message: expect.stringContaining('Nobody took')},
  ],
  ['another node', then('{node: f}'), '7:12', {expected: 'node: "f"', got: 'node: "w"'}],
  ['another outcome', then('{outcome: feito}'), '7:12', {expected: 'outcome: "feito"', got: 'outcome: "active"'}],
  ['another variable', then('{vars: {nome: Ana}}'), '7:12', {expected: 'vars.nome: "Ana"', got: 'vars.nome: null'}],
  ['another contact', then('{contact: {tags: [vip]}}'), '7:12', {expected: 'contact.tags: ["vip"]'}],
  ['calls that were not made', then('{calls: 1}'), '7:12', {expected: '1 calls', got: 'none'}],
  [
    'an event that did not happen',
    then('{events: [flow_started, flow_ended]}'),
    '7:35',
    {expected: 'event: flow_ended'},
  ],
]

test.each(failures)('%s fails the dialogue, with its place', (_, text, place, told) => {
  const {problems, passed, dialogues} = run(text)
  expect(problems).toEqual([])
  expect(passed).toBe(false)
  const failure = dialogues[0]?.failure
  expect(failure).toMatchObject(told)
  expect(`${failure?.line}:${failure?.column}`).toBe(place)
})

test('a failure tells the dialogue up to there and the line of the node that answered', () => {
  const [dialogue] = run(steps('say: oi', 'expect: Oi!', 'say: Ana', 'expect: Prazer')).dialogues
  expect(dialogue?.lines).toEqual([
    {who: 'customer', text: 'oi'},
    {who: 'bot', text: 'Oi! [Sim] [Não]'},
    {who: 'customer', text: 'Ana'},
  ])
  const wrong = run(steps('say: oi', 'expect: Olá')).dialogues[0]
  expect(wrong?.failure?.flow).toEqual({file: 'flows/menu.yaml', line: 5, node: 'a'})
})

test('a pattern without end fails the dialogue and stops nothing', () => {
  const long = [{name: 'flows/menu.yaml', text: flow.replace('Oi!', `${'a'.repeat(60)}!`)}]
  const {dialogues} = run(steps('say: oi', 'expect: {matches: "^(a+)+$"}'), long)
  expect(dialogues[0]?.failure).toMatchObject({message: expect.stringContaining('takes too long'), line: 6, column: 17})
})
