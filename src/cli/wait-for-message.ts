import type {Clock} from '../base/clock.ts'
import {outcomeOf} from './message-rows.ts'

const WAIT_MS = 5000
const LOOK_MS = 100

/** Looks at a message until its outcome is known, for at most 5 s. */
export async function waitForMessage<T extends {status: string | null}>(
  clock: Pick<Clock, 'monotonic' | 'sleep'>,
  first: T,
  look: () => Promise<T>,
): Promise<T> {
  const end = clock.monotonic() + WAIT_MS
  let message = first
  while (outcomeOf(message) === 'pending' && message.status !== 'unknown' && clock.monotonic() < end) {
    await clock.sleep(LOOK_MS)
    message = await look()
  }
  return message
}
