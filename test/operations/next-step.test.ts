import {expect, it} from 'vitest'
import {stepWith} from '../../src/operations/next-step.ts'

const known = {config: 'vendas', message: '0192', phone: '+5511987650001'}

it.each([
  [
    'Set it: pytake whatsapp edit NAME --phone-number-id ID',
    'Set it: pytake whatsapp edit vendas --phone-number-id ID',
  ],
  ['pytake message send --to NUMBER --template NAME', 'pytake message send --to +5511987650001 --template NAME'],
  ['run `pytake message resend ID`.', 'run `pytake message resend 0192`.'],
  ['Check the number with the person.', 'Check the number with the person.'],
])('fills into "%s" what is known', (step, filled) => {
  expect(stepWith(step, known)).toBe(filled)
  expect(stepWith(step, {})).toBe(step)
})
