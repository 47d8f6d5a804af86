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

it('lets one commit of webhooks of a tenant that is behind pass for each batch that is decided', async () => {
  const pace = createPace(manualClock())
  const full = batch()
  const ended = pace.batch(ACME, full.run)
  full.finish(true)
  await ended
  expect(await isOver(pace.room(ACME))).toBe(true)

  const next = batch()
  let decided = () => undefined as void
  const running = pace.batch(ACME, (tell) => ((decided = tell), next.run()))
  const first = pace.room(ACME)
  expect(await isOver(first)).toBe(false)
  expect(await isOver(pace.room('globex'))).toBe(true)
  decided()
  expect(await isOver(first)).toBe(true)
  const second = pace.room(ACME)
  expect(await isOver(second)).toBe(false)

  next.finish(false)
  await running
  expect(await isOver(second)).toBe(true)
  expect(await isOver(pace.room(ACME))).toBe(true)
})

it('keeps room for one commit of webhooks that comes after its batch was decided, and for no more', async () => {
  const pace = createPace(manualClock())
  await pace.batch(ACME, () => Promise.resolve({more: true}))
  for (let n = 0; n < 3; n++) await pace.batch(ACME, (decided) => (decided(), Promise.resolve({more: true})))
  expect(await isOver(pace.room(ACME))).toBe(true)
  expect(await isOver(pace.room(ACME))).toBe(false)
})

it('holds nobody up for long by turns that hang, and not at all by turns that fail', async () => {
  const clock = manualClock()
  const pace = createPace(clock)
  await pace.batch(ACME, () => Promise.resolve({more: true}))
  void pace.batch(ACME, () => new Promise<{more: boolean}>(() => undefined))
  await pace.room(ACME)
  const room = pace.room(ACME)
  await clock.pass(249)
  expect(await isOver(room)).toBe(false)
  void clock.pass(1)
  await room
  const next = pace.room(ACME)
  await clock.pass(249)
  expect(await isOver(next)).toBe(false)
  void clock.pass(1)
  await next

  await pace.batch('globex', () => Promise.resolve({more: true}))
  await pace.room('globex')
  const failing = expect(pace.batch('globex', () => Promise.reject(new Error('away')))).rejects.toThrow('away')
  expect(await isOver(pace.room('globex'))).toBe(true)
  await failing
  expect(await isOver(pace.room('globex'))).toBe(true)
})

it('holds a tenant up once at most when its turns are not run any more', async () => {
  const clock = manualClock()
  const pace = createPace(clock)
  await pace.batch(ACME, () => Promise.resolve({more: true}))
  await pace.room(ACME)
  const room = pace.room(ACME)
  void clock.pass(250)
  await room
  expect(await isOver(pace.room(ACME))).toBe(true)
  expect(await isOver(pace.room(ACME))).toBe(true)
})
