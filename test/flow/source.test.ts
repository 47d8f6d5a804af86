import {describe, expect, test} from 'vitest'
import {loadFlow} from '../../src/flow/definition.ts'

const told = (text: string) =>
  loadFlow(text, 'a.yaml').problems.map(
    ({line, column, rule, message, hint = ''}) => `${line}:${column} ${rule} ${message} ${hint}`,
  )
const end = 'nodes: [{id: a, type: end}]'
const letters = [...'abcdefgh']

describe('a file that is no flow is refused with the place and the reason', () => {
  test.each<[string, string, RegExp]>([
    ['nothing', '', /^1:1 syntax The file is empty/],
    ['only a comment', '# later\n', /^1:1 syntax The file is empty/],
    ['a tab that indents', 'flow: a\nnodes:\n\t- {id: a, type: end}\n', /^3:1 syntax A tab cannot indent\. Use spaces/],
    ['a tab after spaces', 'flow: a\nvars:\n  \tx: 1\n  y: 2', /^3:3 syntax A tab/],
    ['Latin-1', Buffer.from('flow: a\nname: Ação', 'latin1').toString('utf8'), /^2:8 syntax This is no UTF-8.*Latin-1/],
    ['UTF-16', Buffer.from('\ufeffflow: a\n', 'utf16le').toString('utf8'), /^1:1 syntax This is no UTF-8.*UTF-16/],
    ['a NUL', `flow: a\nname: "x\0y"\n${end}`, /^2:9 syntax The control character U\+0000/],
    ['an escape', `flow: a\nname: x\u001b[31m\n${end}`, /^2:8 syntax The control character U\+001B/],
    ['two documents', `flow: a\n${end}\n---\nflow: b`, /^3:1 syntax A second document begins here/],
    ['a key twice', `flow: a\nflow: b\n${end}`, /^2:1 syntax The key "flow" stands here twice/],
    ['a key twice inside', 'flow: a\nnodes: [{id: a, type: end, type: wait}]', /^2:28 syntax The key "type"/],
    ['a key that is a list', `flow: a\n? [x]\n: 1\n${end}`, /^2:3 syntax A key must be text/],
    [
      'an alias in its own anchor',
      `flow: a\nvars: &v\n  x: *v\n${end}`,
      /^3:6 limit The alias "\*v" stands inside its own/,
    ],
    ['an alias of nothing', 'flow: *x\nnodes: []', /^1:7 syntax There is no anchor "&x"/],
    ['a foreign tag', `flow: a\nvars: {x: !!binary "aGVs"}\n${end}`, /^2:\d+ syntax The tag .*binary/],
    ['a tag of a program', `flow: !!js/function "x"\n${end}`, /^1:7 syntax/],
    ['a list without its end', 'flow: a\nnodes: [{id: a}', /^2:16 syntax/],
    ['a quote without its end', `flow: "${'a'.repeat(500_000)}`, /^1:\d+ syntax Missing closing "quote/],
  ])('%s', (_what, text, expected) => {
    expect(told(text)[0]).toMatch(expected)
    expect(loadFlow(text, 'a.yaml').flow).toBeUndefined()
  })

  test('aliases that multiply', () => {
    const rows = letters.map((letter, n) => {
      const items = n === 0 ? Array(9).fill('1') : Array(6).fill(`*${letters[n - 1]}`)
      return `  ${letter}: &${letter} [${items.join(', ')}]`
    })
    expect(told(`flow: a\nvars:\n${rows.join('\n')}\n${end}`)).toEqual([
      expect.stringMatching(/^10:\d+ limit Written out, the alias "\*g" makes more than 100000 values/),
    ])
  })

  test.each([
    ['lists', '['.repeat(100_000), /^1:\d+ limit It is nested deeper than 64/],
    ['closed lists', `${'['.repeat(3000)}${']'.repeat(3000)}`, /^1:\d+ limit It is nested/],
    ['objects', `${'{a: '.repeat(5000)}${'}'.repeat(5000)}`, /^1:\d+ limit It is nested/],
    [
      'indented keys',
      Array.from({length: 1000}, (_, n) => `${' '.repeat(n)}a:`).join('\n'),
      /^66:\d+ limit It is nested/,
    ],
    ['dashes', `a: \n ${'- '.repeat(5000)}`, /^2:\d+ limit It is nested/],
  ])('nested %s, before the parser drowns in them', (_what, text, expected) => {
    expect(told(text)).toEqual([expect.stringMatching(expected)])
  })

  test.each([
    ['what no parser understands', '}: '.repeat(100_000)],
    ['one key again and again', 'a:\n'.repeat(40_000)],
    ['edges that lead nowhere', `flow: a\n${end}\nedges:\n${'  - {source: x, target: y}\n'.repeat(9_000)}`],
    ['more edges than are allowed', `flow: a\n${end}\nedges:\n${'  - {source: x, target: y}\n'.repeat(12_000)}`],
  ])('a hundred problems are enough: %s', (_what, text) => {
    const problems = told(text)
    expect(problems.length).toBe(100)
    expect(problems[0]).toMatch(/^\d+:\d+ /)
  })

  test('sixty thousand keys', () => {
    const keys = Array.from({length: 60_000}, (_, n) => `  k${n}:`)
    expect(told(`flow: a\nvars:\n${keys.join('\n')}`)).toEqual([expect.stringMatching(/missing-key/)])
  })
})

describe('a file is read all the same with', () => {
  test.each([
    ['a byte order mark', `\ufefffloww: a\n${end}`, /^1:1 .*floww/],
    ['CRLF', 'flow: a\r\nnodes:\r\n  - {id: a, typ: end}\r\n', /^3:5 missing-key/],
  ])('%s, and places stay right', (_what, text, expected) => {
    expect(told(text).join('\n')).toMatch(expected)
  })

  test('nothing wrong', () => {
    expect(told(`\ufeffflow: a\r\n${end}\r\n`)).toEqual([])
    expect(told(`%YAML 1.2\n---\nflow: a\n${end}\n`)).toEqual([])
    expect(told(JSON.stringify({flow: 'a', nodes: [{id: 'a', type: 'end'}]}))).toEqual([])
  })

  test('a node without an id, and problems of later nodes keep their places', () => {
    const text = 'flow: a\nnodes:\n  - {type: end}\n  - {id: b, type: message, data: {text: "{{ nada }}"}}'
    expect(told(text)).toEqual([expect.stringMatching(/^3:\d+ missing-key/), expect.stringMatching(/^4:\d+ template/)])
  })
})
