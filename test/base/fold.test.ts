import fc from 'fast-check'
import {expect, test} from 'vitest'
import {fold, foldWords} from '../../src/base/fold.ts'

test.each([
  ['Olá!', 'ola'],
  ['  MENU   principal ', 'menu principal'],
  ['¡¡Não!!', 'nao'],
  ['👍 Sim 👍', 'sim'],
  ['R$ 10', 'r$ 10'],
  ['👍', '👍'],
  ['1.', '1'],
  ['segunda-via', 'segunda-via'],
  ['', ''],
  ['AÇÃO', 'acao'],
])('folds %j to %j', (text, folded) => expect(fold(text)).toBe(folded))

test('finds words between signs', () => {
  expect(foldWords('Quero a 2ª via, por favor!')).toBe('quero a 2ª via por favor')
})

test('folding twice changes nothing more', () => {
  fc.assert(
    fc.property(fc.string({unit: 'grapheme'}), (text) => {
      expect(fold(fold(text))).toBe(fold(text))
    }),
  )
})
