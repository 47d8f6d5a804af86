import {Cron} from 'croner'
import type {Trigger} from './shape.ts'

/** A fire later than this is not made up for. */
export const LATEST_CATCH_UP = 3_600_000
/** How late a fire may be and still count as on time. */
const ON_TIME = 60_000

type Schedule = Extract<Trigger, {type: 'schedule'}>

/** The first fire after a time, milliseconds; null when there is none. `timeZone` holds where the trigger names none. */
export function nextFire({cron, timezone}: Schedule, after: number, timeZone: string): number | null {
  const schedule = new Cron(cron, {paused: true, mode: '5-part', timezone: timezone ?? timeZone})
  return schedule.nextRun(new Date(after))?.getTime() ?? null
}

/** What is due now: the fire to run, if any, and the one to wait for. */
export interface DueFire {
  fire: number | null
  next: number | null
}

/**
 * Decides after a wake-up. `last` is the latest fire already handled. However many were missed, one runs, and only if it
 * is under an hour late; with `catch_up: none` only one that is on time.
 */
export function dueFire(schedule: Schedule, last: number, now: number, timeZone: string): DueFire {
  const latest = schedule.catch_up === 'none' ? ON_TIME : LATEST_CATCH_UP
  let fire: number | null = null
  let next = nextFire(schedule, Math.max(last, now - latest), timeZone)
  while (next !== null && next <= now) {
    fire = next
    next = nextFire(schedule, next, timeZone)
  }
  return {fire, next}
}
