import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import {compileExpression, ExpressionError} from '../../src/base/expression.ts'
import type {Names} from '../../src/base/names.ts'

const names: Names = {
  response: 'text',
  vars: {n: 'value', list: 'value', none: 'value'},
  contact: {name: 'value', tags: 'value', attributes: 'open'},
  now: 'time',
}
const moment = {now: Date.UTC(2026, 10, 23, 12), timeZone: 'America/Sao_Paulo'}
const scope = {
  response: 'Suporte',
  vars: {n: 100, list: [{a: 1}, {a: 2}], none: null},
  contact: {name: 'Ana Souza', tags: ['vip'], attributes: {plano: 'ouro', constructor: 'x'}},
  now: moment.now,
}

function run(source: string, values: Record<string, unknown> = scope) {
  const {expression, problem} = compileExpression(source, names)
  if (!expression) throw new Error(problem?.message)
  return expression.evaluate(values, moment)
}

describe('values', () => {
  test.each<[string, unknown]>([
    ["response == 'Suporte'", true],
    ['vars.n + 1', 101],
    ['vars.n * 1.5', 150],
    ['vars.n / 8', 12],
    ['1.5 + 1', 2.5],
    ["'vip' in contact.tags && vars.n >= 18", true],
    ['vars.none == null', true],
    ["contact.attributes.plano == 'ouro'", true],
    ['contact.attributes.other == null', true],
    ['has(contact.attributes.other)', false],
    ['has(contact.attributes.plano)', true],
    ['has(vars.none)', false],
    ['vars.list.map(x, x.a * 2)', [2, 4]],
    ['vars.list.exists(x, x.a == 2)', true],
    ['vars.list[1].a', 2],
    ['vars', {n: 100, list: [{a: 1}, {a: 2}], none: null}],
    ['now', '2026-11-23T12:00:00.000Z'],
    ["now - timestamp('2026-11-22T00:00:00Z') > duration('24h')", true],
    ['[1, 2.5, "a", null]', [1, 2.5, 'a', null]],
  ])('%s', (source, value) => expect(run(source)).toEqual(value))
})

describe('functions', () => {
  test.each<[string, unknown]>([
    ["date(now, '%d/%m/%Y %H:%M')", '23/11/2026 09:00'],
    ['date(now)', '23/11/2026'],
    ['greeting(now)', 'Bom dia'],
    ['brl_cents(9990)', 'R$ 99,90'],
    ['hour(now)', 9],
    ['weekday(now)', 1],
    ["days_until('25/11/2026')", 2],
    ["add_days('2026-11-30', 2)", '2026-12-02'],
    ['brl(vars.n)', 'R$ 100,00'],
    ["number('1.234,5') + 1.0", 1235.5],
    ["is_cpf('529.982.247-25')", true],
    ["is_cnpj('12ABC34501DE35')", true],
    ["cpf('52998224725')", '529.982.247-25'],
    ["phone('11987650001')", '+55 11 98765-0001'],
    ['is_phone(response)', false],
    ['first_name(contact.name)', 'Ana'],
    ["fold('Olá!')", 'ola'],
    ["default(vars.none, 'x')", 'x'],
    ['upper(vars.none)', null],
  ])('%s', (source, value) => expect(run(source)).toEqual(value))
})

describe('refused before anything runs', () => {
  test.each([
    ["response = 'x'", /Unexpected character/, /use "=="/, 9],
    ["respose == 'x'", /"respose" is not known/, /"response"/, 0],
    ['vars.m > 1', /"vars.m"/, /"n"/, 5],
    ["contact.nme == 'x'", /"contact.nme"/, /"name"/, 8],
    ['response > 5', /no such overload/, undefined, 0],
    ['foo(1)', /no matching overload/, undefined, 0],
    ['response and true', /Unexpected/, /&&/, 9],
    ["response.matches('(a+)+$')", /Regular expressions/, undefined, 0],
    ['cel.bind(a, 1, a)', /cel.bind/, undefined, 0],
    ['vars.list.map(x, vars.list.map(y, vars.list.map(z, 1)))', /nested deeper/, undefined, 34],
    ['', /empty/, undefined, 0],
    [`response == '${'x'.repeat(4096)}'`, /longer than 4096/, undefined, 0],
    [`${'('.repeat(300)}1${')'.repeat(300)}`, /./, undefined, undefined],
    ['response.constructor', /index/, undefined, 9],
  ])('%s', (source, message, hint, at) => {
    const {problem} = compileExpression(source, names)
    expect(problem?.message).toMatch(message)
    if (hint) expect(problem?.hint).toMatch(hint)
    if (at !== undefined) expect(problem?.at).toBe(at)
  })

  test('a condition that can never be true or false', () => {
    expect(compileExpression("'text'", names, 'bool').problem?.message).toMatch(/true or false/)
    expect(compileExpression('vars.n', names, 'bool').expression).toBeDefined()
  })
})

describe('at run time', () => {
  test.each([
    ['vars.none + 1', scope],
    ['vars[response]', scope],
    ['vars.n / 0', scope],
    ['vars.list.all(x, x.b > 1)', scope],
    ["duration('x')", scope],
    ['contact.attributes.constructor', scope],
    ["contact.attributes['__proto__']", scope],
    ['contact.attributes.plano.constructor', scope],
    ['vars.list.size()', {...scope, vars: {list: Array.from({length: 1001}, () => 1)}}],
  ])('%s is an ExpressionError', (source, values) => {
    expect(() => run(source, values)).toThrow(ExpressionError)
  })

  test('turns through lists are counted over all macros', () => {
    const list = Array.from({length: 200}, (_, i) => i)
    const values = {...scope, vars: {list}}
    expect(() => run('vars.list.map(x, vars.list.filter(y, y == x))', values)).toThrow(/10000 turns/)
    expect(run('vars.list.filter(x, x > 197)', values)).toEqual([198, 199])
    expect(run('vars.list.filter(x, x > 197)', values)).toEqual([198, 199])
  })

  test('names its reading, so that edges can ask what they depend on', () => {
    const {expression} = compileExpression("vars.list.exists(x, x.a == 1) || response == 'x'", names)
    expect([...(expression?.uses ?? [])]).toEqual(['vars', 'response'])
  })
})

test('whatever is written, compiling never throws, and running throws nothing else', () => {
  const token = fc.constantFrom(
    ...'response vars . n list map ( ) [ ] { } , x == + - * / && || ! ? : 1 2.5 \'a\' "b" in null has now contact tags \\ = @'.split(
      ' ',
    ),
  )
  fc.assert(
    fc.property(fc.array(token, {maxLength: 14}), (tokens) => {
      const {expression} = compileExpression(tokens.join(''), names)
      try {
        expression?.evaluate(scope, moment)
      } catch (error) {
        expect(error).toBeInstanceOf(ExpressionError)
      }
    }),
    {numRuns: 500},
  )
})
