import {type EventRecord, isEventType} from '../base/events.ts'
import type {Outlet} from './subscriber.ts'

/** Between a subscriber, which pushes what fits, and a reader that takes one event after the other. */
export interface EventQueue {
  outlet: Outlet
  events: AsyncIterableIterator<EventRecord>
  end(): void
}

/**
 * Holds what was pushed until it is taken. The subscriber sees by `bufferedAmount` when its reader is slow, and reads the
 * log again later: so what waits here has a limit, and nothing is lost.
 */
export function createEventQueue(onEnd: () => void): EventQueue {
  const waiting: {text: string; done: () => void}[] = []
  let bytes = 0
  let isOver = false
  let wake: (() => void) | undefined

  const outlet: Outlet = {
    get bufferedAmount() {
      return bytes
    },
    get isOpen() {
      return !isOver
    },
    send(text, done) {
      if (isOver) return done()
      waiting.push({text, done})
      bytes += text.length
      wake?.()
    },
  }
  const take = (): EventRecord | undefined => {
    for (let next = waiting.shift(); next; next = waiting.shift()) {
      bytes -= next.text.length
      next.done()
      const record = JSON.parse(next.text) as EventRecord
      // How far the subscriber is with the others is nobody's business here.
      if (isEventType(record.type)) return record
    }
    return undefined
  }
  const end = () => {
    if (isOver) return
    isOver = true
    waiting.length = 0
    onEnd()
    wake?.()
  }
  return {
    outlet,
    end,
    events: {
      [Symbol.asyncIterator]() {
        return this
      },
      async next() {
        while (!isOver) {
          const value = take()
          if (value) return {value, done: false}
          await new Promise<void>((resolve) => (wake = resolve))
          wake = undefined
        }
        return {value: undefined, done: true}
      },
      return() {
        end()
        return Promise.resolve({value: undefined, done: true})
      },
    },
  }
}
