import type {WebSocket} from 'ws'
import type {Allowance, Buckets} from '../base/buckets.ts'
import {errorBody, PytakeError} from '../base/errors.ts'
import type {Authenticate} from '../operations/authenticate.ts'
import {eventFilter} from '../operations/event-filter.ts'
import {formatPlace, logsOf, mayBeSeen, placeOf} from '../operations/event-logs.ts'
import {requirePermission} from '../operations/permissions.ts'
import type {Principal} from '../operations/principal.ts'
import {resolveTenant} from '../operations/tenant-of.ts'
import type {Runtime} from '../runtime/runtime.ts'
import {isCannotResume} from '../store/event-log.ts'
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
  /** Where the client is; guesses at tokens count against it. */
  address: string
  buckets?: Buckets
  /** The feed of a tenant. It lives as long as anybody has joined it. */
  feedOf: (tenant: FollowedTenant) => Promise<Feed>
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

/** One client and what is known of it. */
interface Session extends ConnectionOptions {
  socket: WebSocket
  outlet: Outlet
  principal?: Principal
  joined?: {feed: Feed; member: Member}
  /** The peer said something, or took something, since it was last asked. */
  hasSign: boolean
}

/** One client: who it is, what it asks for, how it is told. */
export function openConnection(socket: WebSocket, options: ConnectionOptions): Connection {
  const sign = () => (session.hasSign = true)
  const session: Session = {...options, socket, outlet: outletOf(socket, sign), hasSign: true}
  const over = new AbortController()
  const inTurn = turns(session)
  socket.on('message', (data, isBinary) => {
    sign()
    inTurn(() => {
      if (isBinary) throw new PytakeError('BAD_REQUEST', 'Messages are text, not bytes.')
      return handle(session, (data as Buffer).toString('utf8'))
    })
  })
  socket.on('pong', sign)
  socket.on('error', (error) => options.runtime.log.debug({error: error.message}, 'a socket on /ws failed'))
  socket.on('close', () => {
    over.abort()
    leave(session)
  })
  const {token} = options
  if (mayTry(session) && token !== undefined) inTurn(() => admit(session, token))
  void options.runtime.clock.sleep(options.authTimeoutMs, over.signal).then(() => {
    if (isOpen(socket) && !session.principal) turnAway(session, 'Nobody said who they are in time.')
  })
  return {beat: () => beat(session), close: (reason, words) => close(session, reason, words)}
}

const isOpen = (socket: WebSocket): boolean => socket.readyState === socket.OPEN

function outletOf(socket: WebSocket, sign: () => void): Outlet {
  return {
    get bufferedAmount() {
      return socket.bufferedAmount
    },
    get isOpen() {
      return isOpen(socket)
    },
    send(text, done) {
      if (!isOpen(socket)) return done()
      socket.send(text, (error) => {
        // Bytes that leave are a sign of life too: a pong may wait behind them.
        if (!error) sign()
        done()
      })
      if (socket.bufferedAmount > MOST_UNREAD_BYTES) socket.terminate()
    },
  }
}

/** One message at a time; the next is not read from the wire before this one is answered. */
function turns(session: Session): (work: () => Promise<unknown> | void) => void {
  const {socket} = session
  let last: Promise<void> = Promise.resolve()
  return (work) => {
    socket.pause()
    last = last
      .then(async () => void (isOpen(socket) && (await work())))
      .catch((error: unknown) => refuse(session, error))
      .then(() => socket.resume())
  }
}

async function beat(session: Session): Promise<void> {
  const {socket, token, principal, authenticate} = session
  if (!session.hasSign) return socket.terminate()
  session.hasSign = false
  if (isOpen(socket)) socket.ping()
  if (principal && token !== undefined && !(await authenticate(token))) {
    close(session, 'unauthorized', 'The token was revoked or has expired.')
  }
}

function close(session: Session, reason: CloseReason, words: string): void {
  leave(session)
  session.socket.close(closeCodes[reason], cutBytes(words))
}

function leave(session: Session): void {
  session.joined?.feed.leave(session.joined.member)
  session.joined = undefined
}

const send = ({outlet}: Session, message: object): void => outlet.send(JSON.stringify(message), () => undefined)

const timeOf = ({runtime}: Session): string => new Date(runtime.clock.now()).toISOString()

async function handle(session: Session, text: string): Promise<void> {
  const message = parseMessage(text)
  const {principal} = session
  if (message.type === 'ping') return send(session, {type: 'pong'})
  if (message.type === 'auth') {
    if (await admit(session, message.token)) send(session, {type: 'authenticated', at: timeOf(session)})
    return
  }
  if (!principal) return turnAway(session, 'Say who you are first: {"type": "auth", "token": "pyt_…"}')
  if (message.type === 'subscribe') {
    const allowance = session.buckets?.take(principal.name)
    if (allowance && !allowance.allowed) throw new PytakeError('RATE_LIMITED', tooMany(allowance))
    return subscribe(session, principal, message)
  }
  if (message.type !== 'unsubscribe') return session.joined?.member.subscriber.hold(message.type === 'pause')
  leave(session)
  send(session, {type: 'unsubscribed'})
}

/** False, and the end of it, when this address guessed too often lately. */
function mayTry(session: Session): boolean {
  const allowance = session.buckets?.look(keyOf(session))
  if (!allowance || allowance.allowed) return true
  close(session, 'tooMany', tooMany(allowance))
  return false
}

/** Whoever cannot say who they are pays for the attempt, as over HTTP. */
function turnAway(session: Session, words: string): void {
  session.buckets?.take(keyOf(session))
  close(session, 'unauthorized', words)
}

const keyOf = ({address}: Session): string => `ip:${address}`

const tooMany = ({retryAfter}: Allowance): string => `Too many requests. Again in ${retryAfter} s.`

async function admit(session: Session, token: string): Promise<boolean> {
  const principal = await session.authenticate(token)
  session.principal = principal
  session.token = token
  if (principal) requirePermission(principal, 'events:read')
  else turnAway(session, 'The token is not valid, expired or revoked.')
  return principal !== undefined
}

async function subscribe(session: Session, principal: Principal, message: Subscribe): Promise<void> {
  const {stores, clock} = session.runtime
  const row = await resolveTenant(stores, principal, message.tenant ?? session.tenant)
  const db = stores.tenant(row.id)
  const wanted = {...message.filter, channel: message.channels}
  const filter = await eventFilter(db, wanted, mayBeSeen(principal, row.id))
  const place = await placeOf(logsOf(stores, db), message.since ?? 'now', clock.now())
  const feed = await session.feedOf(row)
  leave(session)
  const subscriber = createSubscriber({
    outlet: session.outlet,
    filter,
    clock,
    place,
    wantsMetrics: message.channels.includes('metrics'),
    read: (after) => feed.read(after),
    frontier: feed.place,
  })
  const member: Member = {subscriber, end: (reason, words) => close(session, reason, words)}
  session.joined = {feed, member}
  send(session, {
    type: 'subscribed',
    cursor: formatPlace(place),
    at: timeOf(session),
    data: {tenant_id: row.id, channels: message.channels},
  })
  feed.join(member)
  // It may have gone while its place was looked up.
  if (!isOpen(session.socket)) leave(session)
}

function refuse(session: Session, thrown: unknown): void {
  const {ids, log} = session.runtime
  if (isCannotResume(thrown)) return close(session, 'cannotResume', thrown.message)
  const error = thrown instanceof PytakeError ? thrown : internal(thrown)
  if (error !== thrown) log.error({err: thrown}, 'a message on /ws failed')
  send(session, {type: 'error', ...errorBody(error, `req_${ids.next()}`)})
  if (error.code === 'FORBIDDEN') close(session, 'forbidden', error.message)
}

const internal = (cause: unknown) =>
  new PytakeError('INTERNAL', 'Something went wrong inside. The log has the details.', {cause})

const cutBytes = (words: string): string =>
  Buffer.from(words)
    .subarray(0, MOST_REASON)
    .toString('utf8')
    .replace(/\ufffd$/, '')
