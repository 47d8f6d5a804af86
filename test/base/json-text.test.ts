import {expect, it} from 'vitest'
import {storableJsonText, storableText, unstorableIn} from '../../src/base/json-text.ts'

it('text of others becomes what both engines hold, and nothing else in it changes', () => {
  expect(storableText('a\0b \ud83d 😀')).toBe('a\ufffdb \ufffd 😀')
  const value = {text: 'a\0b \ud83d 😀', path: '\\u0000'}
  expect(JSON.parse(storableJsonText(JSON.stringify(value)))).toEqual({text: 'a\ufffdb \ufffd 😀', path: '\\u0000'})
})

it.each([
  ['a text', 'a\0', []],
  ['a text in a list', {tags: ['vip', '\udc00']}, ['tags', '1']],
  ['a key', {attributes: {'pl\0an': 1}}, ['attributes']],
  ['nothing', {name: 'Maria 😀', list: [null, 1, '\u0001', {}]}, undefined],
])('finds where %s cannot be stored', (_, value, path) => expect(unstorableIn(value)).toEqual(path))

it('goes as deep as a body can', () => {
  const nested = (inner: unknown, levels: number) => {
    let value = inner
    for (let level = 0; level < levels; level++) value = [value]
    return value
  }
  expect(unstorableIn(nested('gold', 500_000))).toBeUndefined()
  expect(unstorableIn(nested('\0', 500_000))).toHaveLength(500_000)
})
