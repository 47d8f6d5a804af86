import {expect, test} from 'vitest'
import {createSimulator} from '../../../src/flow/simulate/simulator.ts'
import {
  begin,
  type Happening,
  type Simulated,
  type SimulatedInput,
  type Surroundings,
} from '../../../src/flow/simulate/state.ts'
import {flowOf, NOW} from '../world.ts'

const HOUR = 3_600_000

const menu = flowOf(`
flow: menu
trigger: {type: keyword, keywords: [oi]}
vars: {nome: null}
nodes:
  - {id: inicio, type: start, next: pergunta}
  - {id: pergunta, type: message, data: {text: Como posso ajudar?, buttons: [Suporte, Sair]}, next: escolha}
  - id: escolha
    type: wait
    data: {expect: choice, timeout: 30m}
    next:
      - {if: "response == 'Suporte'", to: pessoa}
      - {if: "outcome == 'timeout'", to: tchau}
      - tchau
  - {id: pessoa, type: transfer, data: {queue: suporte, timeout: 2h}, next: [{if: "outcome == 'timeout'", to: tchau}, volta]}
  - {id: volta, type: message, data: {text: Voltei.}, next: tchau}
  - {id: tchau, type: message, data: {text: Até logo.}, next: fim}
  - {id: fim, type: end, data: {outcome: feito}}
`)

/** Plays inputs one after the other; gives what was said and the state at the end. */
function play(surroundings: Surroundings, inputs: readonly SimulatedInput[], from: Simulated = begin({now: NOW})) {
  const simulator = createSimulator(surroundings)
  const happened: Happening[] = []
  let state = from
  for (const input of inputs) {
    const stepped = simulator.step(state, input)
    state = stepped.state
    happened.push(...stepped.happened)
  }
  const said = happened.flatMap((one) => (one.kind === 'out' && 'text' in one.content ? [one.content.text] : []))
  const events = happened.flatMap((one) => (one.kind === 'event' ? [one.type] : []))
  return {state, happened, said, events}
}

const say = (text: string): SimulatedInput => ({do: 'say', text})
const tap = (title: string): SimulatedInput => ({do: 'tap', title})
const wait = (ms: number): SimulatedInput => ({do: 'advance', ms})

test('a keyword starts the flow, a tap answers, a person takes over and gives back', () => {
  const {said, state} = play({flows: [menu]}, [say('Oi!'), tap('Suporte')])
  expect(said).toEqual(['Como posso ajudar?'])
  expect(state).toMatchObject({conversation: {holder: 'person', status: 'waiting'}, session: {status: 'transferred'}})
  const held = play({flows: [menu]}, [say('alguém aí?')], state)
  expect(held.said).toEqual([])
  const back = play({flows: [menu]}, [{do: 'hand-back', outcome: 'returned'}], held.state)
  expect(back.said).toEqual(['Voltei.', 'Até logo.'])
  expect(back.state.session).toMatchObject({status: 'completed', result: {outcome: 'feito'}})
  expect(back.state.conversation).toMatchObject({status: 'resolved', holder: 'bot'})
})

test('a conversation that a person closes is over', () => {
  const {state} = play({flows: [menu]}, [say('oi'), tap('Suporte'), {do: 'hand-back', outcome: 'closed'}])
  expect(state).toMatchObject({conversation: {status: 'resolved', holder: 'bot'}, session: {status: 'completed'}})
})

test('a state can be gone on from twice, and is never changed', () => {
  const {state} = play({flows: [menu]}, [say('oi')])
  const before = structuredClone(state)
  expect(play({flows: [menu]}, [say('2')], state).said).toEqual(['Até logo.'])
  expect(play({flows: [menu]}, [say('1')], state).state.session?.status).toBe('transferred')
  expect(state).toEqual(before)
})

test('what falls due happens at its time and in order: the wait, the hand-over, the end of life', () => {
  const silent = play({flows: [menu]}, [say('oi'), wait(25 * HOUR)])
  expect(silent.said.at(-1)).toBe('Até logo.')
  expect(silent.happened.findLast((one) => one.kind === 'out')?.at).toBe(NOW + 30 * 60_000)
  expect(silent.state.now).toBe(NOW + 25 * HOUR)
  const forgotten = play({flows: [menu]}, [say('oi'), tap('Suporte'), wait(2 * HOUR)])
  expect(forgotten.said.at(-1)).toBe('Até logo.')
  expect(forgotten.state.conversation).toMatchObject({status: 'resolved', holder: 'bot'})
  const asking = flowOf(`
flow: a
trigger: {type: message_received}
nodes:
  - {id: m, type: message, data: {text: Quem?}, next: [{if: "response == 'eu'", to: f}]}
  - {id: f, type: end}
`)
  const expired = play({flows: [asking]}, [say('x'), wait(24 * HOUR)])
  expect(expired.state).toMatchObject({session: {status: 'expired'}, conversation: {status: 'abandoned'}})
})

test('opt-out words are confirmed once, and not while they are an option on offer', () => {
  const out = play({flows: [menu]}, [say('sair'), say('PARAR'), say('reativar')])
  expect(out.said).toEqual([expect.stringContaining('REATIVAR'), expect.stringContaining('voltou a receber')])
  expect(out.events).toEqual(expect.arrayContaining(['contact_opted_out', 'contact_opted_in']))
  expect(play({flows: [menu]}, [say('oi'), say('sair')]).said.at(-1)).toBe('Até logo.')
  const own = {flows: [menu], settings: {opt_out_words: ['chega'], opt_out_text: 'Ok.'}}
  expect(play(own, [say('CHEGA')]).said).toEqual(['Ok.'])
})

test('a message nobody answers is told, and two bots are stopped', () => {
  expect(play({flows: [menu]}, [say('hã?')]).events).toContain('unanswered')
  const echo = flowOf(`
flow: eco
trigger: {type: message_received}
nodes:
  - {id: m, type: message, data: {text: Oi}, next: w}
  - {id: w, type: wait, next: m}
`)
  const {said, events, state} = play({flows: [echo]}, Array(6).fill(say('Oi')))
  expect(said).toHaveLength(5)
  expect(events).toContain('bot_loop')
  expect(play({flows: [echo]}, [wait(61_000), say('Oi')], state).said).toHaveLength(1)
  const ends = flowOf(`
flow: fim
trigger: {type: message_received}
nodes:
  - {id: m, type: message, data: {text: Oi}}
`)
  const over = play({flows: [ends]}, Array(6).fill(say('Oi')))
  expect(over.said).toHaveLength(5)
  expect(over.events).toContain('bot_loop')
})

test('a keyword that interrupts replaces the session, and a jump goes to the other flow', () => {
  const other = flowOf(`
flow: ajuda
trigger: {type: keyword, keywords: [ajuda], interrupt: true}
nodes:
  - {id: a, type: message, data: {text: Ajuda.}, next: j}
  - {id: j, type: jump, data: {flow: menu}}
`)
  const {said, happened, state} = play({flows: [menu, other]}, [say('oi'), say('ajuda')])
  expect(said).toEqual(['Como posso ajudar?', 'Ajuda.', 'Como posso ajudar?'])
  expect(happened).toContainEqual(
    expect.objectContaining({type: 'flow_ended', data: expect.objectContaining({status: 'replaced'})}),
  )
  expect(happened.flatMap((one) => (one.kind === 'out' ? [`${one.flow}/${one.node}`] : []))).toEqual([
    'menu/pergunta',
    'ajuda/a',
    'menu/pergunta',
  ])
  expect(state.session?.flow).toBe('menu')
})

test('the window closes 24 hours after the customer last wrote', () => {
  const late = flowOf(`
flow: tarde
trigger: {type: message_received}
expires: 3d
nodes:
  - {id: w, type: wait, data: {timeout: 2d}, next: [{if: "outcome == 'timeout'", to: m}]}
  - {id: m, type: message, data: {text: Ainda aí?}, next: [{if: "outcome == 'window_closed'", to: f}, g]}
  - {id: f, type: end, data: {outcome: fechada}}
  - {id: g, type: end, data: {outcome: aberta}}
`)
  const inputs = [say('x'), wait(48 * HOUR)]
  expect(play({flows: [late]}, inputs).state.session?.result?.outcome).toBe('fechada')
  expect(play({flows: [late], windowMs: null}, inputs).state.session?.result?.outcome).toBe('aberta')
})

test('a scheduled flow begins at its time with those it is meant for', () => {
  const due = flowOf(`
flow: vence
trigger: {type: schedule, cron: "0 9 * * *", audience: {tags: [cliente]}}
nodes:
  - {id: m, type: message, data: {template: {name: vence, language: pt_BR}}}
`)
  const sent = (tags: string[], opted_in = true) =>
    play({flows: [due]}, [wait(48 * HOUR)], begin({now: NOW + 60_000, contact: {tags, opted_in}})).happened.filter(
      (one) => one.kind === 'out',
    )
  expect(sent(['cliente']).map((one) => one.at)).toEqual([NOW + 24 * HOUR, NOW + 48 * HOUR])
  expect(sent(['outro'])).toEqual([])
  expect(sent(['cliente'], false)).toEqual([])
})

const caller = flowOf(`
flow: saldo
trigger: {type: message_received}
nodes:
  - id: c
    type: api_call
    data: {url: "https://api.example.com/saldo", save: {saldo: body.saldo}}
    next: [{if: "outcome == 'timeout'", to: e}, m]
  - {id: m, type: message, data: {text: "R$ {{ vars.saldo }}"}}
  - {id: e, type: message, data: {text: Sem resposta.}}
`)

test('a call is answered, is repeated where the daemon repeats it, or waits for its answer', () => {
  const ok = {outcome: 'ok', data: {status: 200, headers: {}, body: {saldo: 12}}}
  expect(play({flows: [caller], answer: () => ok}, [say('x')]).said).toEqual(['R$ 12'])
  const second = play({flows: [caller], answer: (_, n) => (n === 1 ? {outcome: 'timeout'} : ok)}, [say('x')])
  expect(second.said).toEqual(['R$ 12'])
  expect(play({flows: [caller], answer: () => ({outcome: 'timeout'})}, [say('x')]).said).toEqual(['Sem resposta.'])
  const open = play({flows: [caller]}, [say('x')])
  expect(open.state.pending?.node).toBe('c')
  expect(play({flows: [caller]}, [say('e aí?')], open.state).said).toEqual([])
  expect(play({flows: [caller]}, [{do: 'answer', result: ok}], open.state).said).toEqual(['R$ 12'])
})

test('messages that come quickly are one answer when the wait joins them', () => {
  const joining = flowOf(`
flow: junta
trigger: {type: message_received}
nodes:
  - {id: w, type: wait, data: {join: 3s, save_as: tudo}, next: m}
  - {id: m, type: message, data: {text: "{{ vars.tudo }}"}}
`)
  expect(play({flows: [joining]}, [say('x'), say('quero'), say('um plano'), wait(3000)]).said).toEqual([
    'quero\num plano',
  ])
})

test('media and location are answers of their kind', () => {
  const kinds = flowOf(`
flow: foto
trigger: {type: message_received}
nodes:
  - {id: f, type: wait, data: {expect: media, save_as: foto}, next: l}
  - {id: l, type: wait, data: {expect: location, save_as: lugar}, next: m}
  - {id: m, type: message, data: {text: "{{ vars.foto.kind }} {{ vars.lugar.latitude }}"}}
`)
  const photo: SimulatedInput = {
    do: 'send',
    content: {kind: 'image', media: {mime_type: 'image/jpeg'}, caption: 'veja'},
  }
  const place: SimulatedInput = {do: 'send', content: {kind: 'location', latitude: -23.5, longitude: -46.6}}
  expect(play({flows: [kinds]}, [say('x'), photo, place]).said).toEqual(['image -23.5'])
})

test.each<[string, SimulatedInput[], RegExp]>([
  ['a tap on what was not offered', [say('oi'), tap('Vendas')], /"Vendas" was not offered/],
  ['giving back what the bot has', [say('oi'), {do: 'hand-back', outcome: 'returned'}], /Nobody took/],
  ['an answer to no call', [{do: 'answer', result: {outcome: 'ok'}}], /No call/],
])('%s is refused', (_, inputs, message) => {
  expect(() => play({flows: [menu]}, inputs)).toThrow(message)
})

test('a flow without a trigger begins with the first message, as if another had jumped to it', () => {
  const sub = flowOf(
    'flow: sub\nvars: {a: null}\nnodes:\n  - {id: m, type: message, data: {text: "Oi {{ vars.a }}"}}\n',
  )
  const {said, events} = play({flows: [sub], vars: {a: 'Ana'}}, [say('qualquer'), say('outra')])
  expect(said).toEqual(['Oi Ana'])
  expect(events.filter((type) => type === 'unanswered')).toHaveLength(1)
})
