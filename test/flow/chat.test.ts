import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import {parse} from 'yaml'
import {httpAnswer} from '../../src/flow/call-answer.ts'
import {openChat, type OpenChat} from '../../src/flow/chat/open.ts'
import {SimulationError, type SimulatedInput} from '../../src/flow/simulate/state.ts'

const templates = join(import.meta.dirname, '../../templates/flows')
const read = (name: string) => ({name, text: readFileSync(join(templates, name), 'utf8')})
const NOW = Date.parse('2026-03-02T12:30:41Z')

function open(name: string, {withTest = true, variables = {}, contact = {}} = {}): OpenChat {
  const tests = withTest ? [read(`${name}.test.yaml`)] : []
  const {chat, problems} = openChat({flows: [read(`${name}.yaml`)], tests, variables, contact, now: NOW})
  if (!chat) throw new Error(JSON.stringify(problems))
  return chat
}
const play = (chat: OpenChat, ...inputs: SimulatedInput[]) => inputs.forEach(chat.act)
const say = (text: string): SimulatedInput => ({do: 'say', text})
const tap = (title: string): SimulatedInput => ({do: 'tap', title})
const said = (chat: OpenChat) =>
  chat
    .view()
    .turns.flatMap(({happened}) =>
      happened.flatMap((one) => (one.kind === 'out' && 'text' in one.content ? [one.content.text] : [])),
    )

describe('a conversation', () => {
  test('goes on as the daemon would, with the time standing still until it is told to pass', () => {
    const chat = open('boas-vindas')
    play(chat, say('oi'), tap('Vendas'), say('Um plano'))
    expect(said(chat)).toEqual([expect.stringContaining('Olá Maria!'), expect.stringContaining('em qual bairro')])
    expect(chat.view()).toMatchObject({state: {session: {node: 'interesse', status: 'active'}}})
    expect((chat.view().due ?? 0) - chat.view().state.now).toBe(5000)
    chat.wait()
    expect(chat.view().state.session).toMatchObject({node: 'atendente', status: 'transferred'})
    play(chat, {do: 'hand-back', outcome: 'returned'}, tap('Ótimo'))
    expect(chat.view()).toMatchObject({due: null, state: {session: {status: 'completed'}}})
  })

  test('refuses what is impossible, and stays where it was', () => {
    const chat = open('boas-vindas')
    expect(() => chat.act(tap('Suporte'))).toThrow(SimulationError)
    expect(() => chat.wait()).toThrow('Nothing happens here by itself.')
    chat.act(say('oi'))
    const before = chat.view()
    expect(() => chat.act(tap('Nada'))).toThrow('"Nada" was not offered.')
    expect(() => chat.act({do: 'answer', result: httpAnswer(200, {}, null)})).toThrow(SimulationError)
    expect(chat.view()).toEqual(before)
  })

  test('begins again at the same moment, also with what its mocks have left', () => {
    const chat = open('segunda-via')
    const way = [say('boleto'), say('529.982.247-25')]
    play(chat, ...way)
    const [first, began] = [said(chat), chat.view().state]
    chat.restart()
    expect(chat.view()).toMatchObject({turns: [], state: {session: null, now: Date.parse('2026-03-02T12:30:00Z')}})
    play(chat, ...way)
    expect(said(chat)).toEqual(first)
    expect(chat.view().state).toEqual(began)
    expect(chat.answers).toHaveLength(1)
  })

  test('waits for an answer to a call that no mock has', () => {
    const chat = open('segunda-via', {withTest: false, variables: {api_financeiro: 'https://x.example.com'}})
    play(chat, say('boleto'), say('529.982.247-25'))
    expect(chat.view().state.pending).toMatchObject({node: 'consulta'})
    chat.act({do: 'answer', result: httpAnswer(200, {}, {cliente: null, faturas: []})})
    expect(said(chat).at(-1)).toContain('Não encontrei')
  })

  test('knows the customer it is told of', () => {
    const chat = open('boas-vindas', {contact: {name: null}})
    chat.act(say('oi'))
    expect(said(chat)).toEqual(['Olá! Como posso ajudar?'])
  })

  test('with a file that has mistakes is none', () => {
    const bad = openChat({
      flows: [{name: 'a.yaml', text: 'flow: a\nnodes: [{id: a, type: wiat}]'}],
      tests: [],
      variables: {},
      contact: {},
      now: NOW,
    })
    expect(bad).toMatchObject({problems: [{rule: 'unknown-node-type'}]})
    expect(bad.chat).toBeUndefined()
    expect(
      openChat({flows: [read('segunda-via.yaml')], tests: [], variables: {}, contact: {}, now: NOW}).problems[0],
    ).toMatchObject({rule: 'unknown-variable'})
  })
})

describe('saved as a test it passes', () => {
  const cases: Record<string, [OpenChat, SimulatedInput[]]> = {
    'taps, silence and a person': [
      open('boas-vindas'),
      [
        say('oi'),
        tap('Vendas'),
        say('Um plano'),
        {do: 'advance', ms: 5000},
        {do: 'hand-back', outcome: 'returned'},
        tap('Ruim'),
      ],
    ],
    'a list and a document': [open('sem-conexao'), [say('sem internet'), tap('Vermelha'), say('529.982.247-25')]],
    'a call that the test beside it answers': [
      open('segunda-via'),
      [say('boleto'), say('529.982.247-25'), tap('PDF do boleto')],
    ],
    'calls that were answered by hand, one failing': [
      open('segunda-via', {withTest: false, variables: {api_financeiro: 'https://x.example.com'}}),
      [
        say('boleto'),
        say('529.982.247-25'),
        {do: 'answer', result: httpAnswer(200, {}, {cliente: null, faturas: []})},
        tap('Tentar outro'),
        say('11.222.333/0001-81'),
        {do: 'answer', result: {outcome: 'timeout'}},
      ],
    ],
    'look-ups in the ERP that were answered by hand': [
      open('segunda-via-erp', {withTest: false}),
      [
        say('meu boleto'),
        say('529.982.247-25'),
        {do: 'answer', result: {outcome: 'found', data: {customer_id: '11', name: 'Maria', verified: true}}},
        {do: 'answer', result: {outcome: 'unavailable'}},
      ],
    ],
    'nothing said at all by the bot': [open('boas-vindas'), [say('que flow não conhece isto')]],
    'media, a place and texts that YAML would read otherwise': [
      open('fora-do-horario'),
      [
        {do: 'send', content: {kind: 'image', media: {mime_type: 'image/jpeg'}, caption: 'veja: isto # aqui'}},
        {do: 'send', content: {kind: 'location', latitude: -22.9, longitude: -47}},
        say('yes'),
        say('- a\nb: c'),
        say('10'),
      ],
    ],
    'a bare beginning': [open('novidades', {variables: {outra: 1}}), []],
  }
  test.each(Object.entries(cases))('%s', (name, [chat, inputs]) => {
    play(chat, ...inputs)
    const {text, failure, lines} = chat.saved(name)
    // What never said anything asserts nothing but its end.
    if (inputs.length === 0) return expect(failure).toBeDefined()
    expect(failure, JSON.stringify(lines)).toBeUndefined()
    const {dialogues, variables = {}} = parse(text) as {
      dialogues: {name: string; steps: object[]}[]
      variables?: object
    }
    expect(dialogues).toMatchObject([{name}])
    expect(dialogues[0]?.steps.length).toBeGreaterThan(1)
    expect(variables).not.toHaveProperty('outra')
  })

  test('and reads like one that a person wrote', () => {
    const chat = open('boas-vindas')
    play(chat, say('oi'), tap('Suporte'))
    expect(chat.saved('Suporte').text).toBe(`flow: boas-vindas
now: 2026-03-02T09:30
dialogues:
  - name: Suporte
    steps:
      - say: oi
      - expect:
          text: Olá Maria! Como posso ajudar?
          buttons:
            - Suporte
            - Vendas
            - Financeiro
      - tap: Suporte
      - expect: Vou chamar o suporte técnico. Qual é o CPF ou CNPJ do titular?
    then:
      outcome: active
      node: documento
      vars:
        setor: Suporte
`)
  })
})
