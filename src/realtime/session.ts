import type {WebSocket} from 'ws'
import type {Allowance, Buckets} from '../base/buckets.ts'
import type {Deadline} from '../base/deadlines.ts'
import type {Authenticate} from '../operations/authenticate.ts'
import type {Principal} from '../operations/principal.ts'
import type {Runtime} from '../runtime/runtime.ts'
import type {Feed} from './feed.ts'
import {closeCodes, type CloseReason} from './protocol.ts'
import type {Outlet} from './subscriber.ts'

/** What following a tenant needs of its row. */
export interface FollowedTenant {
  id: string
  settings: {timezone: string}
}

/** What all connections of this process share. */
export interface Door {
  /** Many time limits over one timer. */
  deadline(ms: number): Deadline
  /** Messages a connection may send. */
  messages: Buckets
  /** How many connections each caller holds. */
  held: Map<string, number>
  mostPerCaller: number
}

export interface ConnectionOptions {
  runtime: Runtime
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
  door: Door
}

export interface Connection {
  /** Asks whether the peer lives; ends the connection when it gave no sign since it was last asked, or may not stay. */
  beat(): Promise<void>
  close(reason: CloseReason, words: string): void
}

/** One client, whatever it speaks, and what is known of it. */
export interface Session extends ConnectionOptions {
  /** Tells this connection from the others. */
  id: string
  socket: WebSocket
  outlet: Outlet
  principal?: Principal
  /** Until it says who it is, then until what it showed is over. */
  patience?: Deadline
  /** The peer said something, or took something, since it was last asked. */
  hasSign: boolean
  /** Ends what was going on; called when the connection ends, maybe more than once. */
  leave: () => void
}

/** Answers to a client that reads none of them are not heaped up. */
const MOST_UNREAD_BYTES = 4 * 1024 * 1024
/** The protocol allows 123 bytes. */
const MOST_REASON = 120
/** No timer can be set for longer than 24 days. */
const MOST_WAIT_MS = 24 * 3_600_000

export function openSession(socket: WebSocket, options: ConnectionOptions): Session {
  const sign = () => (session.hasSign = true)
  const session: Session = {
    ...options,
    id: options.runtime.ids.next(),
    socket,
    outlet: outletOf(socket, sign),
    hasSign: true,
    leave: () => undefined,
  }
  socket.on('message', sign)
  socket.on('pong', sign)
  socket.on('error', (error) => options.runtime.log.debug({error: error.message}, 'a WebSocket failed'))
  socket.on('close', () => {
    session.patience?.stop()
    letGo(session)
    session.leave()
  })
  session.patience = options.door.deadline(options.authTimeoutMs)
  session.patience.onOver = () => {
    if (isOpen(session)) turnAway(session, 'Nobody said who they are in time.')
  }
  return session
}

export const isOpen = ({socket}: Pick<Session, 'socket'>): boolean => socket.readyState === socket.OPEN

function outletOf(socket: WebSocket, sign: () => void): Outlet {
  return {
    get bufferedAmount() {
      return socket.bufferedAmount
    },
    get isOpen() {
      return isOpen({socket})
    },
    send(text, done) {
      if (!isOpen({socket})) return done()
      socket.send(text, (error) => {
        // Bytes that leave are a sign of life too: a pong may wait behind them.
        if (!error) sign()
        done()
      })
      if (socket.bufferedAmount > MOST_UNREAD_BYTES) socket.terminate()
    },
  }
}

export async function beat(session: Session): Promise<void> {
  const {socket} = session
  if (!session.hasSign) return socket.terminate()
  session.hasSign = false
  if (isOpen(session)) socket.ping()
  if (session.principal) await stillKnown(session)
}

/** Who it is, asked anew; undefined, and the end of it, when that is nobody any more. */
export async function stillKnown(session: Session): Promise<Principal | undefined> {
  const {token, authenticate} = session
  const principal = token === undefined ? undefined : await authenticate(token)
  if (!principal) closeSession(session, 'unauthorized', 'The token was revoked or has expired.')
  return principal
}

export function closeSession(session: Session, reason: CloseReason, words: string): void {
  session.leave()
  session.socket.close(closeCodes[reason], cutBytes(words))
}

/** False, and the end of it, when this address guessed too often lately. */
export function mayTry(session: Session): boolean {
  const allowance = session.buckets?.look(keyOf(session))
  if (!allowance || allowance.allowed) return true
  closeSession(session, 'tooMany', tooMany(allowance))
  return false
}

/** Whoever cannot say who they are pays for the attempt, as over HTTP. */
export function turnAway(session: Session, words: string): void {
  session.buckets?.take(keyOf(session))
  closeSession(session, 'unauthorized', words)
}

const keyOf = ({address}: Session): string => `ip:${address}`

export const tooMany = ({retryAfter}: Allowance): string => `Too many requests. Again in ${retryAfter} s.`

/** False, and the end of it, when this connection sends more messages than anybody needs to. */
export function mayTalk(session: Session): boolean {
  const allowance = session.door.messages.take(session.id)
  if (!allowance.allowed) closeSession(session, 'tooMany', `Too many messages. Again in ${allowance.retryAfter} s.`)
  return allowance.allowed
}

/** Knows the client by its token, until that is over. Undefined, and the end of it, when it may not come in. */
export async function admit(session: Session, token: string): Promise<Principal | undefined> {
  const principal = await session.authenticate(token)
  letGo(session)
  if (!principal) {
    turnAway(session, 'The token is not valid, expired or revoked.')
    return undefined
  }
  const {held, mostPerCaller} = session.door
  const others = held.get(principal.name) ?? 0
  if (others >= mostPerCaller) {
    closeSession(session, 'tooMany', `There are ${others} connections of this caller already.`)
    return undefined
  }
  // It may have gone while its token was looked at.
  if (!isOpen(session)) return undefined
  held.set(principal.name, others + 1)
  session.principal = principal
  session.token = token
  stayUntil(session, principal.until)
  return principal
}

/** It counts among its caller's connections no longer. */
function letGo(session: Session): void {
  const {principal, door} = session
  session.principal = undefined
  if (!principal) return
  const left = (door.held.get(principal.name) ?? 1) - 1
  if (left > 0) door.held.set(principal.name, left)
  else door.held.delete(principal.name)
}

/** Ends the connection at the moment at which its token ends. */
function stayUntil(session: Session, until: number | undefined): void {
  session.patience?.stop()
  if (until === undefined) return
  const left = until - session.runtime.clock.now()
  session.patience = session.door.deadline(Math.min(left, MOST_WAIT_MS))
  session.patience.onOver = () => {
    if (session.runtime.clock.now() < until) stayUntil(session, until)
    else closeSession(session, 'unauthorized', 'The token has expired.')
  }
}

const cutBytes = (words: string): string =>
  Buffer.from(words)
    .subarray(0, MOST_REASON)
    .toString('utf8')
    .replace(/\ufffd$/, '')
