import {readdirSync, readFileSync} from 'node:fs'
import {join} from 'node:path'
import {Ajv} from 'ajv'
import {parse} from 'yaml'
import {describe, expect, test} from 'vitest'
import {loadFlow} from '../../src/flow/definition.ts'
import {descriptions} from '../../src/flow/json-schema-descriptions.ts'
import {flowJsonSchema} from '../../src/flow/json-schema.ts'
import {lintRules} from '../../src/flow/lint/registry.ts'
import {fixtures} from './world.ts'

const schema = flowJsonSchema()
const validate = new Ajv({allErrors: true, strict: false}).compile(schema)
const templates = join(import.meta.dirname, '../../templates/flows')
const flowsIn = (folder: string) =>
  readdirSync(folder)
    .filter((file) => /\.ya?ml$|^spec-sample\.json$/.test(file) && !/\.test\.ya?ml$/.test(file))
    .map((file) => [file, readFileSync(join(folder, file), 'utf8')] as const)

test.each([...flowsIn(fixtures), ...flowsIn(templates)])('%s fits the schema', (_file, text) => {
  expect(validate(parse(text)), JSON.stringify(validate.errors, null, 1)).toBe(true)
})

test.each(
  Object.values(lintRules).flatMap(({id, good}) =>
    Object.values(typeof good === 'string' ? [good] : good).map((text) => [id, text] as const),
  ),
)('the good example of %s fits the schema', (_id, text) => {
  expect(validate(parse(text)), JSON.stringify(validate.errors, null, 1)).toBe(true)
})

const around = (node: string, rest = '') => `flow: a\nnodes:\n  - ${node}\n${rest}`

describe('what loadFlow refuses for its shape the schema refuses too', () => {
  test.each([
    ['an unknown key at the top', around('{id: a, type: end}', 'nam: A')],
    ['no nodes', 'flow: a\nnodes: []'],
    ['nodes that are no list', 'flow: a\nnodes: {}'],
    ['a bad key', 'flow: Ação\nnodes: [{id: a, type: end}]'],
    ['a node without a type', around('{id: a}')],
    ['a node without an id', around('{type: end}')],
    ['an id that cannot travel', around('{id: "a/b", type: end}')],
    ['an unknown type', around('{id: a, type: wiat}')],
    ['an unknown key in a node', around('{id: a, type: end, dat: {}}')],
    ['an unknown key in data', around('{id: a, type: end, data: {outcom: x}}')],
    ['data of another type', around('{id: a, type: wait, data: {text: x}}')],
    ['a jump without a flow', around('{id: a, type: jump}')],
    ['a call without an address', around('{id: a, type: api_call, data: {method: GET}}')],
    ['a bare number as a duration', around('{id: a, type: wait, data: {timeout: 30}}')],
    ['an unknown kind of answer', around('{id: a, type: wait, data: {expect: cfp}}')],
    ['too many tries', around('{id: a, type: wait, data: {tries: 99}}')],
    ['no such trigger', around('{id: a, type: end}', 'trigger: {type: keywrd}')],
    ['a trigger word that is none', around('{id: a, type: end}', 'trigger: keywrd')],
    ['a keyword trigger without keywords', around('{id: a, type: end}', 'trigger: {type: keyword}')],
    ['an edge without a target', around('{id: a, type: end}', 'edges: [{source: a}]')],
    ['a branch without a target', around('{id: a, type: wait, next: [{if: "true"}]}')],
    ['a button that is a list', around('{id: a, type: message, data: {text: x, buttons: [[a]]}}')],
    ['a bad name of a variable', around('{id: a, type: wait, data: {save_as: 1x}}')],
  ])('%s', (_what, text) => {
    expect(loadFlow(text, 'a.yaml').flow).toBeUndefined()
    expect(validate(parse(text))).toBe(false)
  })
})

test('a value that is filled in at apply may stand for a number, a switch or a choice', () => {
  const data = '{tries: "${var.tries}", expect: "${var.kind}"}'
  expect(validate(parse(around(`{id: a, type: wait, data: ${data}}`)))).toBe(true)
})

test('and for a text of a certain form, such as an address', () => {
  const call = (url: string) => parse(around(`{id: a, type: api_call, data: {url: "${url}"}}`)) as unknown
  expect(validate(call('${var.api}/saldo'))).toBe(true)
  expect(validate(call('${vars.api}/saldo'))).toBe(false)
})

test('every field says what it is, and no sentence is left over', () => {
  const said = new Set<string>()
  const bare: string[] = []
  const look = (properties: Record<string, {description?: string}> | undefined, place: string) => {
    for (const [name, {description}] of Object.entries(properties ?? {})) {
      if (description === undefined) bare.push(`${place}.${name}`)
      else said.add(`${place}.${name}`)
    }
  }
  const {properties} = schema as {properties: Record<string, ReturnType<JSON['parse']>>}
  look(properties, 'flow')
  look(properties.nodes.items.properties, 'node')
  look(properties.edges.items.properties, 'edge')
  for (const one of properties.trigger.anyOf) look(one.properties, 'trigger')
  for (const one of properties.nodes.items.allOf)
    look(one.then.properties.data.properties, one.if.properties.type.const)
  expect(bare).toEqual([])
  expect([...said].sort()).toEqual(Object.keys(descriptions).sort())
  expect(schema).toMatchObject({$schema: 'http://json-schema.org/draft-07/schema#', $id: 'urn:pytake:flow:1'})
})
