import {eventData, type EventRecord} from '../base/events.ts'
import {formatPlace, type LogEvent} from './event-logs.ts'

/** An event as everybody outside gets it: `tail`, `/ws` and `GET /events` say the same. */
export function eventRecord({place, type, data, at}: Pick<LogEvent, 'place' | 'type' | 'data' | 'at'>): EventRecord {
  const time = at.toISOString()
  return {cursor: formatPlace(place), at: time, type, data: eventData(type, data, time)}
}
