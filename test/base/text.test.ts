import fc from 'fast-check'
import {describe, expect, test} from 'vitest'
import type {Names} from '../../src/base/names.ts'
import {compileText, TextError} from '../../src/base/text.ts'

const names: Names = {
  response: 'text',
  vars: {n: 'value', list: 'value', none: 'value', big: 'value'},
  contact: {name: 'value', attributes: 'open'},
  now: 'time',
}
const moment = {now: Date.UTC(2026, 10, 23, 12), timeZone: 'America/Sao_Paulo'}
const scope = {
  response: 'Suporte',
  vars: {n: 100, list: [{a: 1}, {a: 2}], none: null, big: 'x'.repeat(6000)},
  contact: {name: 'Ana', attributes: {}},
  now: moment.now,
}

function render(source: string, escape?: 'url', values: Record<string, unknown> = scope) {
  const {text, problem} = compileText(source, names, escape)
  if (!text) throw new Error(problem?.message)
  return text.render(values, moment)
}

test.each([
  ['plain', 'plain'],
  ['Olá {{ contact.name }}!', 'Olá Ana!'],
  ['{{ vars.none }}|{{ contact.attributes.x }}|{{ contact.attributes.constructor }}', '||'],
  ['{{ now }}', '2026-11-23T12:00:00.000Z'],
  ["{{ now | date: '%d/%m %H:%M' }}", '23/11 09:00'],
  ["{{ 'now' | date }}", '23/11/2026'],
  ['{{ vars.n | brl }}', 'R$ 100,00'],
  ['{{ vars.n | times: 2 }}', '200'],
  ['{% for x in vars.list %}{{ x.a }}{{ forloop.index }}{% endfor %}', '1122'],
  ["{% if response == 'Suporte' %}sim{% else %}não{% endif %}", 'sim'],
  ["{% assign a = 'b' %}{{ a }}", 'b'],
  ["{{ vars.none | default: 'x' }}", 'x'],
  ['{{ response.size }}', '7'],
  ["{{ '529.982.247-25' | mask_document }}", '***.982.247-**'],
])('renders %s', (source, result) => expect(render(source)).toBe(result))

test('a text without marks is known to be literal', () => {
  expect(compileText('Olá', names).text?.literal).toBe('Olá')
  expect(compileText('{{ response }}', names).text?.literal).toBeUndefined()
})

test('what is filled into an address stays in its place', () => {
  const values = {...scope, contact: {name: '../admin?x=1#y', attributes: {}}}
  expect(render('https://a/{{ contact.name }}/b', 'url', values)).toBe('https://a/..%2Fadmin%3Fx%3D1%23y/b')
})

describe('refused before anything runs', () => {
  test.each([
    ['{{ contact.nme }}', /"contact.nme"/, /"name"/],
    ['a\n {{ foo }}', /"foo"/, /Known here/],
    ['{{ response | upperr }}', /"upperr" is no filter/, /"upper"/],
    ["{% include 'x' %}", /"include" is no tag/, undefined],
    ["{% render '/etc/passwd' %}", /"render" is no tag/, undefined],
    ["{% layout 'x' %}", /"layout" is no tag/, undefined],
    ['{% block x %}{% endblock %}', /"block" is no tag/, undefined],
    ['{% tablerow x in vars.list %}{% endtablerow %}', /"tablerow" is no tag/, undefined],
    ['{% capture x %}{% endcapture %}', /"capture" is no tag/, undefined],
    ["{{ 'x' | where_exp: 'a', 'b' }}", /no filter/, undefined],
    ['{{ response', /not closed/, undefined],
    ['{% if %}{% endif %}', /./, undefined],
    ['x'.repeat(16_385), /longer than 16384/, undefined],
  ])('%s', (source, message, hint) => {
    const {problem} = compileText(source, names)
    expect(problem?.message).toMatch(message)
    if (hint) expect(problem?.hint).toMatch(hint)
  })

  test('with the place of the name', () => {
    expect(compileText('a\nb {{ foo }}', names).problem?.at).toBe(7)
    expect(compileText('ab {{ foo }}', names).problem?.at).toBe(6)
  })
})

describe('limits at run time', () => {
  test.each([
    ['{% for i in (1..100000000) %}{% endfor %}', /limit|turns/],
    ['{% for i in (1..200) %}{% for j in (1..200) %}{% endfor %}{% endfor %}', /10000 turns/],
    ['{% for i in (1..20) %}{{ vars.big }}{% endfor %}', /longer than 65536/],
    ['{% assign a = vars.big %}{% for i in (1..50) %}{% assign a = a | append: a %}{% endfor %}{{ a }}', /memory/],
  ])('%s', (source, message) => {
    expect(() => render(source)).toThrow(TextError)
    expect(() => render(source)).toThrow(message)
  })
})

test('whatever is written, compiling never throws, and rendering throws nothing else', () => {
  const token = fc.constantFrom(
    ...'{{ }} {% %} response vars.n vars.list for if endif endfor in x | upper : , assign = contact now (1..3) "a'.split(
      ' ',
    ),
  )
  fc.assert(
    fc.property(fc.array(token, {maxLength: 14}), (tokens) => {
      const {text} = compileText(tokens.join(' '), names)
      try {
        text?.render(scope, moment)
      } catch (error) {
        expect(error).toBeInstanceOf(TextError)
      }
    }),
    {numRuns: 500},
  )
})
