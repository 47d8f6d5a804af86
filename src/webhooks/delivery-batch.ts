import type {ChannelEvent} from '../channels/channel.ts'

/** What one webhook brings for one tenant. */
export interface Delivery {
  events: {configId: string; event: ChannelEvent}[]
  /** The body as it came, kept 7 days with secrets cut out. */
  raw: string
  receivedAt: number
}

/** Most events of one commit: as many as turns handle at once. */
const MOST_EVENTS = 256
/** Most characters of bodies, which come with their media inside at times. PostgreSQL takes 256 MB in one list, as bytes. */
const MOST_TEXT = 32 * 1024 * 1024

/** Takes from the front as many deliveries as go into one commit: one at least, however large it is. */
export function takeBatch<T extends {delivery: Delivery}>(waiting: T[]): T[] {
  let [events, text, n] = [0, 0, 0]
  for (const {delivery} of waiting) {
    events += delivery.events.length
    text += delivery.raw.length
    if (n > 0 && (events > MOST_EVENTS || text > MOST_TEXT)) break
    n++
  }
  return waiting.splice(0, n)
}
