import type {WebSocket} from 'ws'
import {errorBody, PytakeError} from '../base/errors.ts'
import type {Authenticate} from '../operations/authenticate.ts'
import {eventFilter} from '../operations/event-filter.ts'
import {positionOf} from '../operations/events.ts'
import {requirePermission} from '../operations/permissions.ts'
import type {Principal} from '../operations/principal.ts'
import {resolveTenant} from '../operations/tenant-of.ts'
import type {Runtime} from '../runtime/runtime.ts'
import {formatCursor, isCannotResume} from '../store/event-log.ts'
import type {Feed, Member} from './feed.ts'
import {closeCodes, type CloseReason, parseMessage, type Subscribe} from './protocol.ts'
import {createSubscriber, type Outlet} from './subscriber.ts'

/** What following a tenant needs of its row. */
export interface FollowedTenant {
  id: string
  settings: {timezone: string}
}

export interface ConnectionOptions {
  runtime: Pick<Runtime, 'stores' | 'clock' | 'ids' | 'log'>
  authenticate: Authenticate
  /** From the header `Authorization`, when there was one. */
  token?: string
  /** From the header that names the tenant. */
  tenant?: string
  /** The feed of a tenant. It lives as long as anybody has joined it. */
  feedOf(tenant: FollowedTenant): Promise<Feed>
  authTimeoutMs: number
}

export interface Connection {
  /** Asks whether the peer lives; ends the connection when it gave no sign since it was last asked, or may not stay. */
  beat(): Promise<void>
  close(reason: CloseReason, words: string): void
}

/** Answers to a client that reads none of them are not heaped up. */
const MOST_UNREAD_BYTES = 4 * 1024 * 1024
/** The protocol allows 123 bytes. */
const MOST_REASON = 120

/** One client: who it is, what it asks for, how it is told. */
export function openConnection(socket: WebSocket, options: ConnectionOptions): Connection {
  const {runtime, authenticate} = options
  const {clock, ids, stores, log} = runtime
  let {token} = options
  let principal: Principal | undefined
  let joined: {feed: Feed; member: Member} | undefined
  let hasSign = true
  const over = new AbortController()

  const isOpen = () => socket.readyState === socket.OPEN
  const close = (reason: CloseReason, words: string) => {
    leave()
    socket.close(closeCodes[reason], cutBytes(words))
  }
  const leave = () => {
    joined?.feed.leave(joined.member)
    joined = undefined
  }
  const send = (message: object, done: () => void = () => undefined) => outlet.send(JSON.stringify(message), done)
  const outlet: Outlet = {
    get bufferedAmount() {
      return socket.bufferedAmount
    },
    get isOpen() {
      return isOpen()
    },
    send(text, done) {
      if (!isOpen()) return done()
      socket.send(text, (error) => {
        // Bytes that leave are a sign of life too: a pong may wait behind them.
        if (!error) hasSign = true
        done()
      })
      if (socket.bufferedAmount > MOST_UNREAD_BYTES) socket.terminate()
    },
  }

  const admit = async (given: string): Promise<boolean> => {
    principal = await authenticate(given)
    if (!principal) close('unauthorized', 'The token is not valid, expired or revoked.')
    else requirePermission(principal, 'events:read')
    token = given
    return principal !== undefined
  }
  const subscribe = async (message: Subscribe) => {
    const row = await resolveTenant(stores, principal as Principal, message.tenant ?? options.tenant)
    const db = stores.tenant(row.id)
    const filter = await eventFilter(db, {...message.filter, channel: message.channels})
    const start = await positionOf(db, message.since ?? 'now', clock.now())
    const feed = await options.feedOf(row)
    leave()
    const subscriber = createSubscriber({
      outlet,
      filter,
      clock,
      logId: start.logId,
      position: start.seq,
      wantsMetrics: message.channels.includes('metrics'),
      read: feed.read,
      frontier: () => feed.position,
    })
    const member: Member = {subscriber, end: close}
    joined = {feed, member}
    const at = new Date(clock.now()).toISOString()
    send({type: 'subscribed', cursor: formatCursor(start), at, data: {tenant_id: row.id, channels: message.channels}})
    feed.join(member)
    if (!isOpen()) leave()
  }
  const handle = async (text: string) => {
    const message = parseMessage(text)
    if (message.type === 'ping') return send({type: 'pong'})
    if (message.type === 'auth') {
      if (await admit(message.token)) send({type: 'authenticated', at: new Date(clock.now()).toISOString()})
      return
    }
    if (!principal) return close('unauthorized', 'Say who you are first: {"type": "auth", "token": "pyt_…"}')
    if (message.type === 'subscribe') return subscribe(message)
    leave()
    send({type: 'unsubscribed'})
  }
  const refuse = (thrown: unknown) => {
    if (isCannotResume(thrown)) return close('cannotResume', thrown.message)
    const error = thrown instanceof PytakeError ? thrown : internal(thrown)
    if (!(thrown instanceof PytakeError)) log.error({err: thrown}, 'a message on /ws failed')
    send({type: 'error', ...errorBody(error, `req_${ids.next()}`)})
    if (error.code === 'FORBIDDEN') close('forbidden', error.message)
  }

  let last: Promise<void> = Promise.resolve()
  /** One message at a time; the next is not read from the wire before this one is answered. */
  const inTurn = (work: () => Promise<unknown> | void) => {
    socket.pause()
    last = last
      .then(() => (isOpen() ? work() : undefined))
      .catch(refuse)
      .then(() => socket.resume())
  }

  socket.on('message', (data, isBinary) => {
    hasSign = true
    inTurn(() => {
      if (isBinary) throw new PytakeError('BAD_REQUEST', 'Messages are text, not bytes.')
      return handle((data as Buffer).toString('utf8'))
    })
  })
  socket.on('pong', () => (hasSign = true))
  socket.on('error', (error) => log.debug({error: error.message}, 'a socket on /ws failed'))
  socket.on('close', () => {
    over.abort()
    leave()
  })
  if (token !== undefined) inTurn(() => admit(token as string))
  void clock.sleep(options.authTimeoutMs, over.signal).then(() => {
    if (isOpen() && !principal) close('unauthorized', 'Nobody said who they are in time.')
  })

  return {
    async beat() {
      if (!hasSign) return socket.terminate()
      hasSign = false
      if (isOpen()) socket.ping()
      if (principal && token !== undefined && !(await authenticate(token))) {
        close('unauthorized', 'The token was revoked or has expired.')
      }
    },
    close,
  }
}

const internal = (cause: unknown) =>
  new PytakeError('INTERNAL', 'Something went wrong inside. The log has the details.', {cause})

const cutBytes = (words: string): string =>
  Buffer.from(words)
    .subarray(0, MOST_REASON)
    .toString('utf8')
    .replace(/\ufffd$/, '')
