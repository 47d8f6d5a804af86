import {expect, it} from 'vitest'
import {takeBatch} from '../../src/webhooks/delivery-batch.ts'

const MB = 1024 * 1024
const event = {configId: 'c', event: {type: 'unknown' as const, dedupe: 'd', name: 'n', raw: {}}}
const delivery = (name: string, {events = 1, text = 1}: {events?: number; text?: number}) => ({
  name,
  delivery: {events: Array.from({length: events}, () => event), raw: 'x'.repeat(text), receivedAt: 0},
})
const names = (all: readonly {name: string}[]) => all.map(({name}) => name).join(' ')

it.each([
  ['that are few', [{}, {}, {}], 'a b c', ''],
  ['up to 256 events', [{events: 200}, {events: 56}, {}], 'a b', 'c'],
  ['up to 32 MB of text', [{text: 20 * MB}, {text: 12 * MB}, {}], 'a b', 'c'],
  ['of which the first alone is too much', [{events: 300}, {}], 'a', 'b'],
  ['of which the first alone is too long', [{text: 33 * MB}, {}], 'a', 'b'],
  ['in their order, though a later one would still fit', [{}, {text: 32 * MB}, {}], 'a', 'b c'],
])('takes deliveries %s', (_, sizes, taken, left) => {
  const waiting = sizes.map((size, n) => delivery('abc'.charAt(n), size))
  expect([names(takeBatch(waiting)), names(waiting)]).toEqual([taken, left])
})
