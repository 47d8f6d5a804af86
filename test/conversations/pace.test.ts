import {expect, it} from 'vitest'
import {createPace} from '../../src/conversations/pace.ts'
import {manualClock} from '../support/manual-clock.ts'

const ACME = 'acme'

/** A batch of turns that ends when it is told to. */
function batch() {
  let finish: (more: boolean) => void = () => undefined
  const ended = new Promise<{more: boolean}>((resolve) => (finish = (more) => resolve({more})))
  return {run: () => ended, finish}
}

/** Whether it has resolved by now. */
async function isOver(promise: Promise<void>): Promise<boolean> {
  let over = false
  void promise.then(() => (over = true))
  await new Promise(setImmediate)
  return over
}

it('lets webhooks in at once while turns keep up', async () => {
  const pace = createPace(manualClock())
  const first = batch()
  const running = pace.batch(ACME, first.run)
  expect(await isOver(pace.room(ACME))).toBe(true)
  first.finish(false)
  await running
  const second = batch()
  void pace.batch(ACME, second.run)
  expect(await isOver(pace.room(ACME))).toBe(true)
})

it('lets webhooks of a tenant that is behind wait for the batch in hand, and those of others not', async () => {
  const pace = createPace(manualClock())
  const full = batch()
  const ended = pace.batch(ACME, full.run)
  full.finish(true)
  await ended
  const next = batch()
  const running = pace.batch(ACME, next.run)
  const room = pace.room(ACME)
  expect(await isOver(room)).toBe(false)
  expect(await isOver(pace.room('globex'))).toBe(true)
  next.finish(false)
  await running
  expect(await isOver(room)).toBe(true)
  expect(await isOver(pace.room(ACME))).toBe(true)
})

it('holds nobody up for long by turns that hang, and not at all by turns that fail', async () => {
  const clock = manualClock()
  const pace = createPace(clock)
  await pace.batch(ACME, () => Promise.resolve({more: true}))
  void pace.batch(ACME, () => new Promise<{more: boolean}>(() => undefined))
  const room = pace.room(ACME)
  await clock.pass(249)
  expect(await isOver(room)).toBe(false)
  void clock.pass(1)
  await room

  await pace.batch('globex', () => Promise.resolve({more: true}))
  const failing = expect(pace.batch('globex', () => Promise.reject(new Error('away')))).rejects.toThrow('away')
  expect(await isOver(pace.room('globex'))).toBe(true)
  await failing
  expect(await isOver(pace.room('globex'))).toBe(true)
})
