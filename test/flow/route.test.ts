import {describe, expect, test} from 'vitest'
import {clashes, route, routeOf, type RouteState} from '../../src/flow/route.ts'
import type {IncomingMessage, Session} from '../../src/flow/session.ts'
import type {Trigger} from '../../src/flow/shape.ts'
import {NOW, sent, tapped, typed} from './world.ts'

const keyword = (...keywords: string[]): Extract<Trigger, {type: 'keyword'}> => ({
  type: 'keyword',
  keywords,
  match: 'whole',
})
const flowWith = (flow: string, trigger: Trigger) => routeOf({flow, trigger})

const flows = [
  flowWith('menu', keyword('oi', 'menu')),
  flowWith('boleto', {...keyword('segunda via', 'boleto'), match: 'word'}),
  flowWith('fatura', {...keyword('via'), match: 'word', priority: 9}),
  flowWith('ajuda', {...keyword('ajuda'), interrupt: true}),
  flowWith('vendas', {...keyword('comprar'), numbers: ['+5511400000002']}),
]
const everything = flowWith('geral', {type: 'message_received'})

const state = (change: Partial<RouteState> = {}): RouteState => ({
  number: ['+5511400000001', 'principal'],
  holder: 'bot',
  session: null,
  optedIn: true,
  now: NOW,
  ...change,
})

const session = (change: Partial<Session> = {}): Session => ({
  id: 's',
  flow: 'menu',
  release: 'r',
  node: 'n',
  status: 'active',
  vars: {},
  number: 1,
  waiting: {for: 'message', node: 'n', until: null, tries: 0},
  stack: [],
  visits: {},
  response: '',
  outcome: '',
  message: {id: '', kind: 'text', text: '', option: null, at: NOW},
  options: [],
  startedAt: NOW,
  expiresAt: NOW + 1000,
  ...change,
})

const menu = [
  {id: 'menu/n/0', title: 'Sair'},
  {id: 'menu/n/1', title: 'Ajuda'},
]

describe('who gets a message', () => {
  test.each<[string, IncomingMessage, Partial<RouteState>, unknown]>([
    ['a keyword starts its flow', typed('Oi!!'), {}, {kind: 'start', flow: 'menu', replaces: false}],
    ['a tapped title is a keyword as well', tapped('x', 'Menu'), {}, {kind: 'start', flow: 'menu', replaces: false}],
    ['a whole keyword is the whole text', typed('oi gente'), {}, {kind: 'unanswered'}],
    [
      'a word is found in a sentence',
      typed('quero o boleto, por favor'),
      {},
      {kind: 'start', flow: 'boleto', replaces: false},
    ],
    [
      'the longest keyword wins over priority',
      typed('preciso da segunda via'),
      {},
      {kind: 'start', flow: 'boleto', replaces: false},
    ],
    ['a flow for another number stays out', typed('comprar'), {}, {kind: 'unanswered'}],
    [
      'a flow for this number comes in',
      typed('comprar'),
      {number: ['+5511400000002']},
      {kind: 'start', flow: 'vendas', replaces: false},
    ],
    [
      'a caption starts nothing',
      sent({kind: 'image', media: {}, caption: 'oi'}, {text: 'oi'}),
      {},
      {kind: 'unanswered'},
    ],
    [
      'a reaction is stored only',
      sent({kind: 'reaction', message_id: 'm', emoji: '👍'}),
      {session: session()},
      {kind: 'stored', reason: 'not_for_flows'},
    ],
    [
      'an edit is stored only',
      sent({kind: 'edit', message_id: 'm', text: 'oi'}),
      {},
      {kind: 'stored', reason: 'not_for_flows'},
    ],
    ['a person holds it', typed('oi'), {holder: 'person'}, {kind: 'stored', reason: 'held'}],
    ['it is typed on the phone', typed('oi'), {holder: 'phone'}, {kind: 'stored', reason: 'held'}],
    ['a running session gets the answer, not the keyword', typed('oi'), {session: session()}, {kind: 'answer'}],
    [
      'a keyword that interrupts replaces the session',
      typed('ajuda'),
      {session: session()},
      {kind: 'start', flow: 'ajuda', replaces: true},
    ],
    ['but not when it is an option on offer', typed('ajuda'), {session: session({options: menu})}, {kind: 'answer'}],
    [
      'a session that calls out is busy',
      typed('alô?'),
      {session: session({status: 'calling', waiting: {for: 'call', node: 'n', until: null, tries: 0}})},
      {kind: 'stored', reason: 'busy'},
    ],
    [
      'a session past its life is none',
      typed('oi'),
      {session: session({expiresAt: NOW})},
      {kind: 'start', flow: 'menu', replaces: false},
    ],
    [
      'a session that ended is none',
      typed('oi'),
      {session: session({status: 'completed'})},
      {kind: 'start', flow: 'menu', replaces: false},
    ],
    [
      'opting out goes first',
      typed(' Sair. '),
      {session: session(), holder: 'person'},
      {kind: 'opt_out', word: 'sair'},
    ],
    [
      'in the words of the tenant too',
      typed('me tira daqui'),
      {optOutWords: ['Me tira daqui']},
      {kind: 'opt_out', word: 'me tira daqui'},
    ],
    ['only as the whole message', typed('quero sair do plano'), {}, {kind: 'unanswered'}],
    ['never by a tap', tapped('x', 'Sair'), {}, {kind: 'unanswered'}],
    ['never while it is an option', typed('sair'), {session: session({options: menu})}, {kind: 'answer'}],
    ['never in a caption', sent({kind: 'image', media: {}, caption: 'sair'}, {text: 'sair'}), {}, {kind: 'unanswered'}],
    ['opting in, when out', typed('REATIVAR'), {optedIn: false}, {kind: 'opt_in', word: 'reativar'}],
    ['is an ordinary word when in', typed('REATIVAR'), {}, {kind: 'unanswered'}],
  ])('%s', (_what, message, change, expected) => expect(route(flows, message, state(change))).toEqual(expected))

  test('what no keyword takes goes to message_received, by priority and key', () => {
    const first = flowWith('antes', {type: 'message_received', priority: 1})
    expect(route([...flows, everything], typed('bla'), state())).toMatchObject({flow: 'geral'})
    expect(route([everything, first], typed('bla'), state())).toMatchObject({flow: 'antes'})
    expect(route([everything], sent({kind: 'welcome'}), state())).toMatchObject({kind: 'start', flow: 'geral'})
    expect(route([everything], sent({kind: 'audio', media: {}}), state())).toMatchObject({kind: 'start'})
  })

  test('among keywords of one length the priority decides, then the key', () => {
    const a = flowWith('b', keyword('oi'))
    const b = flowWith('a', keyword('oi'))
    const c = flowWith('c', {...keyword('oi'), priority: 1})
    expect(route([a, b], typed('oi'), state())).toMatchObject({flow: 'a'})
    expect(route([a, b, c], typed('oi'), state())).toMatchObject({flow: 'c'})
  })
})

describe('clashes', () => {
  test.each<[string, Trigger, Trigger, number]>([
    ['the same keyword in another spelling', keyword('Olá'), keyword('ola', 'x'), 1],
    ['two flows for every message', {type: 'message_received'}, {type: 'message_received'}, 1],
    ['other keywords', keyword('a'), keyword('b'), 0],
    ['other numbers', {...keyword('a'), numbers: ['1']}, {...keyword('a'), numbers: ['2']}, 0],
    ['all numbers and one number', keyword('a'), {...keyword('a'), numbers: ['2']}, 1],
    ['no trigger', {type: 'none'}, {type: 'message_received'}, 0],
  ])('%s', (_what, a, b, count) => expect(clashes([flowWith('a', a), flowWith('b', b)])).toHaveLength(count))
})
