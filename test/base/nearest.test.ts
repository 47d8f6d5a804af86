import {expect, test} from 'vitest'
import {didYouMean, nearest} from '../../src/base/nearest.ts'

const names = ['wait', 'message', 'condition', 'set_variable', 'end']

test.each([
  ['wiat', 'wait'],
  ['mesage', 'message'],
  ['Condition', 'condition'],
  ['setvariable', 'set_variable'],
  ['and', 'end'],
])('%s is near %s', (word, name) => expect(nearest(word, names)).toBe(name))

test('nothing is near a strange word', () => {
  expect(nearest('elephant', names)).toBeUndefined()
  expect(didYouMean('elephant', names)).toBeUndefined()
  expect(didYouMean('wiat', names)).toBe('Did you mean "wait"?')
})
