import fc from 'fast-check'
import {expect, it} from 'vitest'
import {createRing} from '../../src/sandbox/ring.ts'
import {createTimeline} from '../../src/sandbox/timeline.ts'
import {fakeClock} from './rig.ts'

it('runs everything once, in order of time and then of arrival', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(fc.nat(50), {maxLength: 60}), async (delays) => {
      const clock = fakeClock(0)
      const ran: number[] = []
      let settled = 0
      const timeline = createTimeline(clock, () => settled++)
      delays.forEach((delay, index) => timeline.after(delay, () => ran.push(index)))
      await clock.advance(60)
      const expected = delays
        .map((delay, index) => ({delay, index}))
        .sort((a, b) => a.delay - b.delay || a.index - b.index)
      expect(ran).toEqual(expected.map(({index}) => index))
      expect(timeline.size).toBe(0)
      expect(settled > 0).toBe(delays.length > 0)
    }),
    {numRuns: 30},
  )
})

it('runs what is scheduled earlier while something later is being waited for', async () => {
  const clock = fakeClock(0)
  const ran: string[] = []
  const timeline = createTimeline(clock, () => undefined)
  timeline.after(1000, () => ran.push('late'))
  await clock.advance(10)
  timeline.after(100, () => ran.push('early'))
  await clock.advance(200)
  expect(ran).toEqual(['early'])
  await clock.advance(1000)
  expect(ran).toEqual(['early', 'late'])
})

it('runs nothing after it was closed', async () => {
  const clock = fakeClock(0)
  let ran = 0
  const timeline = createTimeline(clock, () => undefined)
  timeline.after(10, () => ran++)
  timeline.close()
  await clock.advance(100)
  expect(ran).toBe(0)
})

it('remembers the newest of what was pushed and counts the rest', () => {
  fc.assert(
    fc.property(fc.array(fc.nat()), fc.integer({min: 0, max: 10}), (items, limit) => {
      const ring = createRing<number>(limit)
      for (const item of items) ring.push(item)
      expect(ring.all()).toEqual(limit === 0 ? [] : items.slice(-limit))
      expect(ring.total).toBe(items.length)
    }),
  )
})
