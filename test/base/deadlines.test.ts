import {describe, expect, it} from 'vitest'
import {createDeadlines} from '../../src/base/deadlines.ts'

/** A clock that moves when the test says so; a sleep that is cut short leaves no timer. */
function handClock() {
  let now = 0
  const sleepers = new Set<{until: number; wake: () => void}>()
  const clock = {
    monotonic: () => now,
    sleep: (ms: number, signal?: AbortSignal) =>
      new Promise<void>((resolve) => {
        const sleeper = {until: now + ms, wake: () => (sleepers.delete(sleeper), resolve())}
        signal?.addEventListener('abort', sleeper.wake, {once: true})
        sleepers.add(sleeper)
      }),
  }
  const advance = async (ms: number) => {
    now += ms
    for (const sleeper of sleepers) if (sleeper.until <= now) sleeper.wake()
    await new Promise(setImmediate)
  }
  return {clock, advance, timers: () => sleepers.size}
}

describe('deadlines', () => {
  it('end each at its own time, over one timer', async () => {
    const {clock, advance, timers} = handClock()
    const start = createDeadlines(clock)
    const over: string[] = []
    for (const ms of [300, 100, 200]) start(ms).onOver = () => over.push(`${ms}`)
    expect(timers()).toBe(1)
    await advance(99)
    expect(over).toEqual([])
    await advance(50)
    expect(over).toEqual(['100'])
    await advance(200)
    expect(over).toEqual(['100', '300', '200'])
    expect(timers()).toBe(0)
  })

  it('leave no timer behind when all were stopped, and run again after that', async () => {
    const {clock, advance, timers} = handClock()
    const start = createDeadlines(clock)
    const [one, two] = [start(100), start(200)]
    one.stop()
    expect(timers()).toBe(1)
    two.stop()
    expect(timers()).toBe(0)
    await advance(500)
    expect([one.over, two.over]).toEqual([undefined, undefined])
    const three = start(50)
    await advance(50)
    expect(three.over).toBe('timeout')
  })

  it('end when the caller gives up, before or after they began', async () => {
    const {clock} = handClock()
    const start = createDeadlines(clock)
    const [early, late] = [new AbortController(), new AbortController()]
    early.abort()
    expect(start(100, early.signal).over).toBe('aborted')
    const deadline = start(100, late.signal)
    let told = 0
    deadline.onOver = () => told++
    late.abort()
    late.abort()
    expect([deadline.over, told]).toEqual(['aborted', 1])
  })
})
