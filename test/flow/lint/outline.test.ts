import {expect, test} from 'vitest'
import {outlineBeside} from '../../../src/flow/lint/outline.ts'

const HEAD = 'flow: vendas\ntrigger: {type: keyword, keywords: [oi]}\n'
const NODES = 'nodes:\n  - {id: a, type: message, data: {text: Oi}}\n'
const trigger = {type: 'keyword', keywords: ['oi']}

test.each([
  ['nodes at the end', `${HEAD}${NODES}`],
  ['nodes in the middle', `flow: vendas\n${NODES}trigger: {type: keyword, keywords: [oi]}\n`],
  ['nodes first', `${NODES}${HEAD}`],
  ['nodes that are not indented', `${HEAD}nodes:\n- id: a\n  type: end\n`],
  [
    'empty lines and comments among nodes',
    `flow: vendas\n${NODES}\n# of the second\n\n  - {id: b, type: end}\n${HEAD.slice(13)}`,
  ],
  ['lines that end as on Windows', `${HEAD}${NODES}`.replaceAll('\n', '\r\n')],
  ['no line end at the end', `${HEAD}${NODES}`.trimEnd()],
  ['a byte order mark', `\uFEFF${NODES}${HEAD}`],
  ['nodes in one line', `${HEAD}nodes: [{id: a, type: end}]\n`],
  ['nodes under a quoted key', `${HEAD}"nodes":\n  - {id: a, type: end}\n`],
  ['JSON', JSON.stringify({flow: 'vendas', trigger, nodes: [{id: 'a', type: 'end'}]})],
  [
    'a word that nodes hold elsewhere',
    `flow: &key vendas\ntrigger: {type: keyword, keywords: [&word oi]}\nnodes:\n  - {id: a, type: message, data: {text: *word}}\n`,
  ],
  [
    'a word that is named in a node',
    `nodes:\n  - {id: a, type: message, data: {text: &word oi}}\nflow: vendas\ntrigger: {type: keyword, keywords: [*word]}\n`,
  ],
])('a flow beside is known by key and trigger: %s', (_, text) => {
  expect(outlineBeside('b.yaml', text)).toMatchObject({key: 'vendas', trigger, jumps: []})
})

test.each([
  ['laid out in lines', 'nodes:\n  - id: a\n    type: jump\n    data:\n      flow: menu\n      return: true\n'],
  ['in one line', 'nodes: [{id: a, type: jump, data: {flow: menu, return: true}}]\n'],
  [
    'after a comment',
    'nodes:\n  # goes on elsewhere\n# and comes back\n  - {id: a, type: jump, data: {flow: menu, return: true}}\n',
  ],
  ['spelt with an escape', 'nodes:\n  - {id: a, type: "\\x6aump", data: {flow: menu, return: true}}\n'],
])('its jumps are seen: %s', (_, nodes) => {
  const jumps = [{target: 'menu', returns: true, atOnce: false, path: ['nodes', 0]}]
  expect(outlineBeside('b.yaml', `${HEAD}${nodes}`)).toMatchObject({key: 'vendas', jumps})
})

test.each([
  ['no mapping', '- a\n- b\n'],
  ['nothing', ''],
])('a file that is no flow has no outline: %s', (_, text) => {
  expect(outlineBeside('b.yaml', text)).toBeUndefined()
})
