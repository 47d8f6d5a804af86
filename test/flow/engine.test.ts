import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import {readableText} from '../../src/base/message.ts'
import {endSession, runTurn} from '../../src/flow/engine.ts'
import {dueAt, isOver} from '../../src/flow/life.ts'
import type {CompiledFlow} from '../../src/flow/compile.ts'
import type {Effect, Input, Session, Turn, World} from '../../src/flow/session.ts'
import {flowOf, NOW, readFixture, tapped, typed, worldOf} from './world.ts'

const texts = (turn: Turn) =>
  turn.effects.flatMap((effect) => (effect.kind === 'send' ? [readableText(effect.content)] : []))
const events = (turn: Turn, type: string) =>
  turn.effects.filter(
    (effect): effect is Extract<Effect, {kind: 'event'}> => effect.kind === 'event' && effect.type === type,
  )

function begin(text: string, change: Partial<World> = {}, input: Input = {kind: 'start', message: typed('oi')}) {
  const flow = flowOf(`flow: f\nname: F\nnodes:\n${text}`)
  const world = worldOf([flow], change)
  return {flow, world, turn: runTurn(world, null, input, flow)}
}

test("the specification's sample runs: menu, tap, answer, end", () => {
  const flow = flowOf(readFixture('spec-sample.json'), 'spec-sample.json')
  const world = worldOf([flow])
  const first = runTurn(world, null, {kind: 'start', message: typed('oi')}, flow)
  expect(texts(first)).toEqual(['Olá! Como posso ajudar?'])
  expect(first.session).toMatchObject({status: 'active', node: 'node1', number: 1})
  const second = runTurn(world, first.session, {
    kind: 'message',
    message: tapped('atendimento-inicial/node1/0', 'Suporte'),
  })
  expect(texts(second)).toEqual(['Suporte a caminho.'])
  expect(second.session.status).toBe('completed')
})

describe('a turn is a function', () => {
  const flow = flowOf(readFixture('wait.yaml'))
  const world = worldOf([flow])
  const freeze = <T>(value: T): T => {
    if (typeof value === 'object' && value !== null) Object.values(Object.freeze(value)).forEach(freeze)
    return value
  }

  test('it changes nothing it was given', () => {
    const own = freeze({...world})
    const first = runTurn(own, null, freeze({kind: 'start', message: typed('cpf')}), flow)
    const second = runTurn(own, freeze(first.session), freeze({kind: 'message', message: typed('529.982.247-25')}))
    expect(second.session.vars.cpf).toBe('52998224725')
    expect(first.session.vars.cpf).toBeNull()
  })

  test('the same input gives the same output', () => {
    const run = () => runTurn(world, null, {kind: 'start', message: typed('menu')}, flow)
    expect(run()).toEqual(run())
  })

  test('what it gives is JSON', () => {
    const turn = runTurn(world, null, {kind: 'start', message: typed('menu')}, flow)
    const plain = JSON.parse(JSON.stringify(turn)) as Turn
    expect(runTurn(world, plain.session, {kind: 'message', message: typed('1')}).session.vars.opcao).toBe('Suporte')
  })

  test('a session that is over, or an input it does not stand for, comes back as it is', () => {
    const {session} = runTurn(world, null, {kind: 'start', message: typed('menu')}, flow)
    const over: Session = {...session, status: 'completed'}
    expect(runTurn(world, over, {kind: 'message', message: typed('1')})).toEqual({session: over, effects: []})
    expect(runTurn(world, session, {kind: 'result', number: 1, result: {outcome: 'ok'}}).session).toBe(session)
    expect(runTurn(world, session, {kind: 'returned', number: 1, outcome: 'returned'}).session).toBe(session)
    expect(runTurn(world, session, {kind: 'start'}).session).toBe(session)
  })
})

describe('only a fault of the caller throws', () => {
  const flow = flowOf(readFixture('end.yaml'))
  test('beginning without a flow, or with another input', () => {
    expect(() => runTurn(worldOf([]), null, {kind: 'start'})).toThrow()
    expect(() => runTurn(worldOf([]), null, {kind: 'timeout', number: 1}, flow)).toThrow()
  })
})

describe('limits', () => {
  test('a release that is gone fails the session', () => {
    const {world, turn} = begin('  - {id: a, type: wait}')
    const after = runTurn({...world, release: () => undefined}, turn.session, {kind: 'message', message: typed('x')})
    expect(after.session).toMatchObject({status: 'failed', result: {reason: 'release_missing'}})
  })

  test('a hundred steps in a turn', () => {
    const {turn} = begin(
      Array.from({length: 101}, (_, i) => `  - {id: n${i}, type: condition, next: n${i + 1}}`).join('\n') +
        '\n  - {id: n101, type: end}',
    )
    expect(turn.session).toMatchObject({status: 'failed', node: 'n99'})
    expect(turn.session.result?.reason).toMatch(/100 steps/)
    expect(events(turn, 'flow_failed')).toHaveLength(1)
  })

  test('jumps that go round through other flows', () => {
    const flow = flowOf('flow: round\nnodes: [{id: a, type: jump, data: {flow: round}}]')
    const turn = runTurn(worldOf([flow]), null, {kind: 'start'}, flow)
    expect(turn.session.result?.reason).toMatch(/100 steps/)
  })

  test('twenty messages in a turn', () => {
    const {turn} = begin(
      Array.from({length: 21}, (_, i) => `  - {id: n${i}, type: message, data: {text: x}, next: n${i + 1}}`).join(
        '\n',
      ) + '\n  - {id: n21, type: end}',
    )
    expect(texts(turn)).toHaveLength(20)
    expect(turn.session.result?.reason).toMatch(/20 messages/)
  })

  test('64 KB of variables', () => {
    const {turn} = begin(
      '  - {id: a, type: set_variable, data: {set: {a: "{% for i in (1..9000) %}12345678{% endfor %}"}}}',
      {},
    )
    expect(turn.session.status).toBe('failed')
    const two = begin(
      '  - {id: a, type: set_variable, data: {set: {a: "{% for i in (1..5000) %}12345678{% endfor %}", b: "{{ vars.a }}"}}}',
    )
    expect(two.turn.session.result?.reason).toMatch(/65536/)
  })
})

describe('purpose', () => {
  const text =
    '  - {id: a, type: message, data: {text: x}, next: b}\n  - {id: b, type: wait, next: c}\n  - {id: c, type: message, data: {text: y}}'
  const out = {contact: {...worldOf([]).contact, opted_in: false}}

  test('a flow nobody wrote to is marketing, until the customer writes', () => {
    const {world, turn} = begin(text, {}, {kind: 'start'})
    expect(turn.effects).toContainEqual(expect.objectContaining({kind: 'send', purpose: 'marketing'}))
    const after = runTurn(world, turn.session, {kind: 'message', message: typed('oi')})
    expect(after.effects).toContainEqual(expect.objectContaining({kind: 'send', purpose: 'reply'}))
  })

  test('and does not reach somebody who opted out', () => {
    const {turn} = begin(text, out, {kind: 'start'})
    expect(texts(turn)).toEqual([])
    expect(turn.session).toMatchObject({status: 'failed', outcome: 'opted_out'})
  })

  test('answers still do', () => {
    expect(texts(begin(text, out).turn)).toEqual(['x'])
  })
})

describe('edges', () => {
  test('a condition that cannot be computed is false and is told', () => {
    const {turn} = begin(
      '  - {id: a, type: condition, next: [{if: "contact.name > 1", to: b}, c]}\n  - {id: b, type: end}\n  - {id: c, type: end, data: {outcome: c}}',
    )
    expect(turn.session.result?.outcome).toBe('c')
    expect(events(turn, 'expression_error')[0]?.data).toMatchObject({node: 'a', expression: 'contact.name > 1'})
  })

  test('a bad outcome never takes the default', () => {
    const {turn} = begin(
      '  - {id: a, type: message, data: {text: "{{ contact.email }}"}, next: b}\n  - {id: b, type: end}',
    )
    expect(turn.session).toMatchObject({status: 'failed', node: 'a', outcome: 'error'})
  })

  test('a good outcome of which no edge is true fails where nobody can be asked', () => {
    const {turn} = begin('  - {id: a, type: start, next: [{if: "1 == 2", to: b}]}\n  - {id: b, type: end}')
    expect(turn.session.result).toMatchObject({reason: 'no_edge', node: 'a'})
  })
})

test('a session is due at its wait or at the end of its life, whichever is first', () => {
  const {turn} = begin('  - {id: a, type: wait, data: {timeout: 1h}}')
  expect(dueAt(turn.session)).toBe(NOW + 3_600_000)
  expect(dueAt(begin('  - {id: a, type: wait}').turn.session)).toBe(NOW + 86_400_000)
  expect(dueAt({...turn.session, status: 'completed'})).toBeNull()
})

test('a session can be ended from outside', () => {
  const {world, turn} = begin('  - {id: a, type: wait}')
  const ended = endSession(world, turn.session, 'replaced', 'interrupt')
  expect(isOver(ended.session.status)).toBe(true)
  expect(ended.session.result).toEqual({reason: 'interrupt', node: 'a'})
  expect(events(ended, 'flow_ended')[0]?.data).toMatchObject({status: 'replaced', node: 'a'})
})

describe('the flow of the demo', () => {
  const file = join(import.meta.dirname, '../../templates/flows/boas-vindas.yaml')
  const flow = flowOf(readFileSync(file, 'utf8'), file)

  function talk(...says: (string | {after: number} | {returned: 'returned'})[]) {
    let world = worldOf([flow])
    let turn = runTurn(world, null, {kind: 'start', message: typed('oi')}, flow)
    const said = [texts(turn)]
    for (const say of says) {
      world = {...world, now: world.now + (typeof say === 'object' && 'after' in say ? say.after : 1000)}
      turn = runTurn(world, turn.session, inputOf(say, turn.session))
      said.push(texts(turn))
    }
    return {said, turn}
  }

  function inputOf(say: string | {after: number} | {returned: 'returned'}, {number}: Session): Input {
    if (typeof say === 'string') return {kind: 'message', message: typed(say)}
    return 'after' in say ? {kind: 'timeout', number} : {kind: 'returned', number, outcome: say.returned}
  }

  test('greets by the first name and offers the menu', () => {
    expect(talk().said).toEqual([['Olá Maria! Como posso ajudar?']])
  })

  test('support asks for a document, checks it, and hands over with a note', () => {
    const {said, turn} = talk('suporte', '123', '529.982.247-25')
    expect(said.slice(1)).toEqual([
      ['Vou chamar o suporte técnico. Qual é o CPF ou CNPJ do titular?'],
      ['CPF ou CNPJ inválido. Confira e envie de novo.'],
      [],
    ])
    expect(turn.effects).toContainEqual(
      expect.objectContaining({kind: 'transfer', queue: 'suporte', note: 'Suporte. Documento 52998224725. '}),
    )
  })

  test('sales gathers what is wanted, and after the person comes a survey that is remembered', () => {
    const {said, turn} = talk('2', 'fibra', {after: 5000}, {returned: 'returned'}, 'ótimo')
    expect(said.slice(3)).toEqual([[], ['Como foi o atendimento?'], ['Obrigado pela avaliação!']])
    expect(turn.effects).toContainEqual(
      expect.objectContaining({kind: 'contact', set: {attributes: {avaliacao: 'Ótimo'}}}),
    )
    expect(turn.session.status).toBe('completed')
  })

  test('silence ends politely', () => {
    const {said, turn} = talk({after: 30 * 60_000})
    expect(said[1]?.[0]).toMatch(/Vou encerrar/)
    expect(turn.session.status).toBe('completed')
  })
})

test('compiled flows are found behind what the world hands out', () => {
  const flow: CompiledFlow = flowOf(readFixture('jump.yaml'))
  expect(flow).toMatchObject({key: 'jump', start: 'escolhe'})
})
