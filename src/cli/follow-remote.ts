import {subscribe, unsubscribe} from 'node:diagnostics_channel'
import {errorCodes, type ErrorDetail, PytakeError} from '../base/errors.ts'
import type {EventRecord} from '../base/events.ts'
import {isRecord} from '../base/json.ts'
import {channelNames} from '../operations/event-filter.ts'
import type {Renew} from './remote.ts'
import {backoff, type EventFilterFlags, type LocalFollow, type Watcher} from './follow.ts'

export interface RemoteFollow extends Omit<LocalFollow, 'read'> {
  url: string
  token: string
  /** Another token for one that the server did not take, or no longer; undefined when there is none. */
  renew?: Renew
  tenant?: string
}

/** A server that says nothing for this long, although asked, is gone. */
const SILENCE_MS = 45_000
const ASK_EVERY_MS = 15_000

/** How one connection ended. */
interface Ended {
  /** WebSocket close code; 1006 when the connection was just gone. */
  code: number
  reason: string
  /** An error that the server explained before. */
  error?: PytakeError
}

/** What is known over all connections. */
interface Progress {
  since: string
  /** Set while the connection is gone. */
  lostAt?: number
  replayed: number
  attempt: number
  wasConnected: boolean
  /** A token that was never taken; another one would fare no better. */
  isUntried: boolean
}

/** Follows a server's log over `/ws` and connects again whenever the connection goes. Ends when `signal` aborts. */
export async function followRemote(options: RemoteFollow, watcher: Watcher): Promise<void> {
  const {clock, signal, random, renew} = options
  const progress: Progress = {since: options.since, replayed: 0, attempt: 0, wasConnected: false, isUntried: false}
  let {token} = options
  while (!signal.aborted) {
    const ended = await connectOnce({...options, token}, progress, watcher)
    if (signal.aborted) return
    const renewed = ended.code === 4401 && !progress.isUntried ? await renew?.(token) : undefined
    if (renewed !== undefined) {
      token = renewed
      progress.isUntried = true
      continue
    }
    const final = finalError(ended, options.url, progress)
    if (final) throw final
    if (progress.lostAt === undefined) {
      progress.lostAt = clock.monotonic()
      progress.replayed = 0
      watcher.lost(ended.reason || 'the server is gone.')
    }
    await clock.sleep(backoff(progress.attempt++, random()), signal)
  }
}

/** What no new connection would mend. */
function finalError({code, reason, error}: Ended, url: string, {wasConnected}: Progress): PytakeError | undefined {
  if (error) return error
  if (code === 4401)
    return new PytakeError('UNAUTHORIZED', reason, {
      help: 'pytake login, or on the server: pytake token create --name NAME',
    })
  if (code === 4403) return new PytakeError('FORBIDDEN', reason)
  if (code === 4410)
    return new PytakeError('CANNOT_RESUME', reason, {help: 'Begin anew from a time, such as --since 1h.'})
  if (wasConnected) return undefined
  if (code === 4429) return new PytakeError('RATE_LIMITED', reason)
  return new PytakeError(
    'UNAVAILABLE',
    `${new URL(url).origin} cannot be reached: ${reason || 'no WebSocket at /ws'}`,
    {
      help: 'pytake context show',
    },
  )
}

async function connectOnce(options: RemoteFollow, progress: Progress, watcher: Watcher): Promise<Ended> {
  const {WebSocket} = await import('undici')
  const {clock, signal, token, tenant, filter} = options
  const address = new URL('/ws', `${options.url.replace(/\/+$/, '')}/`)
  address.protocol = address.protocol.replace('http', 'ws')
  const socket = new WebSocket(address, {headers: {authorization: `Bearer ${token}`}})
  const over = new AbortController()
  let heardAt = clock.monotonic()
  let error: PytakeError | undefined
  let trouble = ''
  const noteTrouble = (message: unknown) => {
    if (isRecord(message)) trouble = connectTrouble(message, address) ?? trouble
  }
  subscribe(CONNECT_ERROR, noteTrouble)
  const stop = () => socket.close()
  signal.addEventListener('abort', stop)
  const listen = async () => {
    while (!over.signal.aborted) {
      await clock.sleep(ASK_EVERY_MS, over.signal)
      if (over.signal.aborted) return
      if (clock.monotonic() - heardAt > SILENCE_MS) return socket.close()
      if (socket.readyState === WebSocket.OPEN) socket.send('{"type":"ping"}')
    }
  }
  let isHeld = false
  /** Whoever reads what we print is slow: the server is asked to wait, so that nothing heaps up here or there. */
  const holdBack = async () => {
    isHeld = true
    socket.send('{"type":"pause"}')
    await watcher.flushed()
    isHeld = false
    if (socket.readyState === WebSocket.OPEN) socket.send('{"type":"resume"}')
  }
  try {
    return await new Promise<Ended>((resolve) => {
      socket.onopen = () => socket.send(JSON.stringify(subscription(progress.since, tenant, filter)))
      socket.onmessage = ({data}) => {
        heardAt = clock.monotonic()
        error ??= receive(String(data), {progress, watcher, now: heardAt})
        if (error) socket.close()
        else if (!isHeld && watcher.isFull()) void holdBack()
      }
      socket.onerror = (event) => (trouble ||= event.message)
      socket.onclose = ({code, reason}) => resolve({code, reason: reason || trouble, error})
      void listen()
    })
  } finally {
    over.abort()
    unsubscribe(CONNECT_ERROR, noteTrouble)
    signal.removeEventListener('abort', stop)
  }
}

/** Where undici tells why it could not connect; the error event of its WebSocket does not say. */
const CONNECT_ERROR = 'undici:client:connectError'

function connectTrouble({error, connectParams: to}: Record<string, unknown>, address: URL): string | undefined {
  const isOurs = isRecord(to) && to.hostname === address.hostname && to.port === address.port
  if (!isOurs || !(error instanceof Error)) return undefined
  // What went wrong with several addresses of one name has a code and no message.
  return error.message || (error as NodeJS.ErrnoException).code
}

function subscription(since: string, tenant: string | undefined, {channel, ...filter}: EventFilterFlags) {
  // Figures are in no log, so a tail does not show them.
  return {type: 'subscribe', since, tenant, filter, channels: channel ?? loggedChannels}
}

const loggedChannels = channelNames.filter((name) => name !== 'metrics')

interface Receiver {
  progress: Progress
  watcher: Watcher
  now: number
}

/** Takes one message of the server; returns the error when it is one. */
function receive(text: string, {progress, watcher, now}: Receiver): PytakeError | undefined {
  const message: unknown = JSON.parse(text)
  if (!isRecord(message)) return undefined
  const {type, cursor, at} = message
  if (type === 'error') return errorOf(message.error)
  if (typeof cursor !== 'string') return undefined
  progress.wasConnected = true
  progress.isUntried = false
  progress.attempt = 0
  if (type === 'live' && progress.lostAt !== undefined) {
    watcher.back({ms: now - progress.lostAt, replayed: progress.replayed})
    progress.lostAt = undefined
  }
  if (type === 'live') progress.replayed = 0
  if (isEvent(message)) {
    progress.replayed++
    watcher.event({cursor, at: String(at), type: message.type, data: message.data})
  }
  progress.since = cursor
  return undefined
}

const notices = new Set(['subscribed', 'live', 'behind', 'metrics_updated'])

const isEvent = (message: Record<string, unknown>): message is Record<string, unknown> & EventRecord =>
  typeof message.type === 'string' && !notices.has(message.type) && isRecord(message.data)

function errorOf(value: unknown): PytakeError {
  const error = isRecord(value) ? value : {}
  const text = (field: string) => (typeof error[field] === 'string' ? error[field] : undefined)
  const code = errorCodes.find((known) => known === error.code) ?? 'INTERNAL'
  return new PytakeError(code, text('message') ?? 'The server refused.', {
    details: Array.isArray(error.details) ? (error.details as ErrorDetail[]) : [],
    help: text('help'),
    requestId: text('request_id'),
  })
}
