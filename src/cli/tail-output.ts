import type {EventRecord} from '../base/events.ts'
import {eventRenderer} from './event-line.ts'
import type {Io} from './io.ts'
import {isColoured} from './paint.ts'

export interface WriterOptions {
  json: boolean
  verbose: boolean
  numbers?: ReadonlyMap<string, string>
}

/** Writes events as they come: NDJSON for programs, a line each for people, a row of fields in a pipe. */
export function eventWriter(io: Io, options: WriterOptions): (event: EventRecord) => void {
  const {stdout} = io
  if (options.json) {
    return ({cursor, at, type, data}) => stdout.write(`${JSON.stringify({cursor, at, type, data})}\n`)
  }
  const width = stdout.isTTY ? stdout.columns : undefined
  const {verbose, numbers} = options
  const render = eventRenderer({width, color: isColoured(io, stdout), verbose, numbers})
  return (event) => {
    const line = render(event)
    if (line !== undefined) stdout.write(`${line}\n`)
  }
}
