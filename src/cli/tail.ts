import {systemClock} from '../base/clock.ts'
import {systemRandom} from '../base/ids.ts'
import {type EventFilterFlags, followLocal, type ReadEvents, readThrough, type Watcher} from './follow.ts'
import type {Io} from './io.ts'
import {eventWriter, type WriterOptions} from './tail-output.ts'
import {untilStopped} from './until-stopped.ts'
import {accessTo, type Where} from './where.ts'

export interface TailOptions extends WriterOptions {
  io: Io
  where: Where
  read: ReadEvents
  /** Words for people, on stderr. */
  say: (text: string) => void
  filter: EventFilterFlags
  since?: string
  follow: boolean
}

/** What `pytake tail` does. Resolves with the exit code. */
export async function tail(options: TailOptions): Promise<number> {
  const {io, read, filter, since} = options
  const write = eventWriter(io, options)
  const flushed = () => io.stdout.flushed?.() ?? Promise.resolve()
  if (!options.follow) {
    await readThrough(read, {event: write, flushed}, {...filter, since})
    return 0
  }
  const isFull = () => io.stdout.isFull ?? false
  const over = new AbortController()
  const following = follow(options, {...watcherOf(options), event: write, isFull, flushed}, over.signal)
  return untilStopped(async () => {
    over.abort()
    await following
  }, following)
}

async function follow({io, where, ...options}: TailOptions, watcher: Watcher, signal: AbortSignal): Promise<void> {
  const {read, filter, since = 'now'} = options
  const common = {clock: systemClock, random: () => systemRandom.number(), signal, since, filter}
  if (where.context.kind !== 'remote') return followLocal({...common, read}, watcher)
  const {followRemote} = await import('./follow-remote.ts')
  return followRemote({...common, ...accessTo(io, where.context), tenant: where.tenant}, watcher)
}

function watcherOf({say}: TailOptions): Pick<Watcher, 'lost' | 'back'> {
  return {
    lost: (reason) => say(`── connection lost: ${reason} Trying again ──`),
    back: ({ms, replayed}) =>
      say(`── reconnected after ${Math.max(1, Math.round(ms / 1000))} s, ${replayed} events replayed ──`),
  }
}
