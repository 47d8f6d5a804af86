import type {EventRecord} from '../base/events.ts'
import {eventRenderer} from './event-line.ts'
import type {Io} from './io.ts'
import {isColoured} from './paint.ts'

/** Writes events as they come: NDJSON for programs, a line each for people, a row of fields in a pipe. */
export function eventWriter(io: Io, options: {json: boolean; verbose: boolean}): (event: EventRecord) => void {
  const {stdout} = io
  if (options.json) {
    return ({cursor, at, type, data}) => stdout.write(`${JSON.stringify({cursor, at, type, data})}\n`)
  }
  const width = stdout.isTTY ? stdout.columns : undefined
  const render = eventRenderer({width, color: isColoured(io, stdout), verbose: options.verbose})
  return (event) => {
    const line = render(event)
    if (line !== undefined) stdout.write(`${line}\n`)
  }
}
