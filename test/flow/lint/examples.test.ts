import {readFileSync} from 'node:fs'
import {join} from 'node:path'
import {describe, expect, test} from 'vitest'
import {lintFlows} from '../../../src/flow/lint/lint.ts'
import {lintRules} from '../../../src/flow/lint/registry.ts'
import type {Example} from '../../../src/flow/lint/rule.ts'
import {readFixture} from '../world.ts'

const filesOf = (example: Example) =>
  Object.entries(typeof example === 'string' ? {'exemplo.yaml': example} : example).map(([name, text]) => ({
    name,
    text,
  }))

/** The first example jumps to a flow that is not shown. */
const lint = (example: Example) => lintFlows({files: filesOf(example), partial: typeof example === 'string'})

describe.each(Object.values(lintRules))('$id', (rule) => {
  test('finds its bad example and nothing else in it', () => {
    const found = lint(rule.bad)
    expect([...new Set(found.map((one) => one.rule))], JSON.stringify(found, null, 1)).toEqual([rule.id])
    expect(found.every((one) => one.severity === rule.severity)).toBe(true)
  })

  test('its good example has no finding', () => {
    expect(lint(rule.good)).toEqual([])
  })

  test('stands in the registry under its id and explains itself', () => {
    expect(lintRules[rule.id]).toBe(rule)
    expect(rule.summary).toMatch(/^[A-Z].*\.$/)
    expect(rule.explain.length).toBeGreaterThan(80)
  })
})

describe('lint finds nothing in', () => {
  const template = join(import.meta.dirname, '../../../templates/flows/boas-vindas.yaml')
  test.each([
    ["the specification's sample", readFixture('spec-sample.json')],
    ['the template of the demo', readFileSync(template, 'utf8')],
    [
      'a trigger that is a word with its value',
      'name: A\ntrigger: keyword\ntrigger_value: "oi, olá"\nnodes: [{id: a, type: message, data: {text: Oi}}]',
    ],
    ['a trigger that is an object', 'flow: a\ntrigger: {type: keyword, keywords: [oi]}\nnodes: [{id: a, type: end}]'],
    [
      'a message that waits for its own response',
      `flow: a
nodes:
  - id: pergunta
    type: message
    data: {text: "Quer?", buttons: [Sim, Não]}
    next: [{if: "response == 'Sim'", to: sim}, {if: "response == 'Não'", to: nao}]
  - {id: sim, type: end, data: {outcome: sim}}
  - {id: nao, type: end, data: {outcome: nao}}`,
    ],
  ])('%s', (_what, text) => {
    expect(lintFlows({files: [{name: 'a.yaml', text}]})).toEqual([])
  })
})
