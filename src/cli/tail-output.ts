import type {EventRecord} from '../base/events.ts'
import {eventRenderer} from './event-line.ts'
import type {Io} from './io.ts'
import {isColoured} from './paint.ts'

/** Writes events as they come: NDJSON for programs, a line each for people. */
export function eventWriter(io: Io, options: {json: boolean; verbose: boolean}): (event: EventRecord) => void {
  const {stdout} = io
  if (options.json) {
    return ({cursor, at, type, data}) => stdout.write(`${JSON.stringify({cursor, at, type, data})}\n`)
  }
  // A pipe is not a screen: nothing is cut that somebody may search for.
  const width = stdout.isTTY ? stdout.columns : PIPE_COLUMNS
  const render = eventRenderer({width, color: isColoured(io, stdout), verbose: options.verbose})
  return (event) => {
    const line = render(event)
    if (line !== undefined) stdout.write(`${line}\n`)
  }
}

const PIPE_COLUMNS = 240
