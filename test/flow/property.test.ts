import fc from 'fast-check'
import {expect, test} from 'vitest'
import {compile} from '../../src/flow/compile.ts'
import {loadFlow} from '../../src/flow/definition.ts'
import {runTurn} from '../../src/flow/engine.ts'
import type {CallResult, IncomingMessage, Input, Session} from '../../src/flow/session.ts'
import {fixtureFlows, NOW, sent, tapped, typed, worldOf} from './world.ts'

const ids = ['a', 'b', 'c', 'd', 'e']
const id = fc.constantFrom(...ids)
const condition = fc.constantFrom(
  "response == 'Sim'",
  "outcome == 'timeout'",
  "outcome != 'ok'",
  'vars.x > 1',
  'size(response) > 2',
  'vars.x.map(y, y) == [1]',
  'true',
)
const text = fc.constantFrom(
  'Oi',
  '{{ vars.x }}',
  '{{ response }}',
  '{% for i in vars.x %}{{ i }}{% endfor %}',
  '{{ contact.tags | join: vars.x }}',
)

const data = {
  message: fc.oneof(
    fc.record({text}),
    fc.record({text, buttons: fc.constantFrom(['Sim', 'Não'], ['{{ response }}', 'A', 'B', 'C'])}),
    fc.constant({image: 'https://x/{{ response }}'}),
  ),
  wait: fc.record(
    {
      expect: fc.constantFrom('text', 'number', 'cpf', 'choice', 'media', 'date'),
      tries: fc.integer({min: 1, max: 3}),
      save_as: fc.constant('x'),
      timeout: fc.constant('1m'),
      join: fc.constant('3s'),
      valid: condition,
    },
    {requiredKeys: []},
  ),
  condition: fc.record({expression: condition}, {requiredKeys: []}),
  set_variable: fc.record({
    set: fc.constantFrom({x: {expr: 'vars.x + 1'}}, {x: '{{ response }}{{ vars.x }}'}, {x: [1, 2]}),
  }),
  api_call: fc.constant({url: 'https://x/{{ response }}', save: {x: 'body.x'}}),
  transfer: fc.record({timeout: fc.constant('1m')}, {requiredKeys: []}),
  jump: fc.record({flow: fc.constantFrom('random', 'wait', 'nowhere'), return: fc.boolean()}),
  end: fc.record({outcome: fc.constantFrom('x', 'failed')}, {requiredKeys: []}),
}

const node = (name: string) =>
  fc
    .constantFrom(...(Object.keys(data) as (keyof typeof data)[]))
    .chain((type) => data[type].map((content) => ({id: name, type, data: content})))

const flow = fc.record({
  nodes: fc.tuple(...ids.map(node)),
  edges: fc.array(fc.oneof(fc.record({source: id, target: id, condition}), fc.record({source: id, target: id})), {
    minLength: 3,
    maxLength: 12,
  }),
})

type MakeInput = (session: Session) => Input

const message = (make: (session: Session) => IncomingMessage): MakeInput => {
  return (session) => ({kind: 'message', message: make(session)})
}

const input: fc.Arbitrary<MakeInput> = fc.oneof(
  fc
    .constantFrom('oi', 'Sim', '1', '52998224725', '', 'x'.repeat(5000), '{{ vars.x }}')
    .map((said) => message(() => typed(said))),
  fc.constant(message(({options}) => tapped(options[0]?.id ?? 'old', 'Sim'))),
  fc.constant(message(() => sent({kind: 'image', media: {}}))),
  fc.integer({min: 0, max: 1}).map((off): MakeInput => ({number}) => ({kind: 'timeout', number: number - off})),
  fc
    .constantFrom<CallResult>(
      {outcome: 'ok', data: {body: {x: [1]}}},
      {outcome: 'ok', data: 'text'},
      {outcome: 'http_error'},
      {outcome: ''},
    )
    .map((result): MakeInput => ({number}) => ({kind: 'result', number, result})),
  fc
    .constantFrom('returned' as const, 'closed' as const)
    .map((outcome): MakeInput => ({number}) => ({kind: 'returned', number, outcome})),
)

test('whatever the flow and whatever comes in: no turn throws, every turn ends, limits hold', () => {
  const others = [...fixtureFlows().values()]
  let ran = 0
  fc.assert(
    fc.property(flow, fc.array(input, {maxLength: 8}), ({nodes, edges}, inputs) => {
      const definition = {flow: 'random', name: 'Random', vars: {x: null}, nodes, edges: withoutSecondDefaults(edges)}
      const loaded = loadFlow(JSON.stringify(definition), 'random.json')
      fc.pre(loaded.flow !== undefined)
      if (!loaded.flow) return
      ran++
      const random = compile(loaded.flow, 'random-release')
      let world = worldOf([...others, random])
      let turn = runTurn(world, null, {kind: 'start', message: typed('oi')}, random)
      for (const next of inputs) {
        check(turn.session, turn.effects.filter((effect) => effect.kind === 'send').length)
        world = {...world, now: world.now + 60_000}
        turn = runTurn(world, turn.session, next(turn.session))
      }
    }),
    {numRuns: 600},
  )
  expect(ran).toBeGreaterThan(100)
})

function withoutSecondDefaults<Edge extends {source: string; condition?: string}>(edges: Edge[]): Edge[] {
  const seen = new Set<string>()
  return edges.filter((edge) => edge.condition !== undefined || (!seen.has(edge.source) && seen.add(edge.source)))
}

function check(session: Session, sends: number) {
  expect(sends).toBeLessThanOrEqual(20)
  expect(session.stack.length).toBeLessThanOrEqual(8)
  expect(Buffer.byteLength(JSON.stringify(session.vars))).toBeLessThanOrEqual(65_536)
  expect(session.expiresAt).toBeGreaterThanOrEqual(NOW)
  const stands = session.status === 'active' || session.status === 'calling' || session.status === 'transferred'
  expect(session.waiting !== undefined).toBe(stands)
}

test('any text at all is a flow or a list of problems', () => {
  fc.assert(
    fc.property(fc.string({maxLength: 200}), (source) => {
      const {flow: loaded, problems} = loadFlow(source, 'x.yaml')
      expect(loaded !== undefined || problems.length > 0).toBe(true)
    }),
  )
})

test('any JSON at all is a flow or a list of problems', () => {
  fc.assert(
    fc.property(
      fc.json(),
      fc.record({nodes: fc.array(fc.jsonValue()), edges: fc.array(fc.jsonValue()), trigger: fc.jsonValue()}),
      (json, near) => {
        for (const source of [json, JSON.stringify({flow: 'a', ...near})]) {
          const {flow: loaded, problems} = loadFlow(source, 'x.json')
          expect(loaded !== undefined || problems.length > 0).toBe(true)
        }
      },
    ),
  )
})
