import type {WebSocket} from 'ws'
import {errorBody, PytakeError} from '../base/errors.ts'
import {formatPlace} from '../operations/event-logs.ts'
import {requirePermission} from '../operations/permissions.ts'
import type {Principal} from '../operations/principal.ts'
import {isCannotResume} from '../store/event-log.ts'
import {follow, type Following} from './follow.ts'
import {parseMessage, type Subscribe} from './protocol.ts'
import {
  admit,
  beat,
  closeSession,
  type Connection,
  type ConnectionOptions,
  isOpen,
  mayTalk,
  mayTry,
  openSession,
  type Session,
  tooMany,
  turnAway,
} from './session.ts'

/** A client of `/ws`, and what it follows. */
interface Reader extends Session {
  joined?: Following
}

/** One client of `/ws`: who it is, what it asks for, how it is told. */
export function openConnection(socket: WebSocket, options: ConnectionOptions): Connection {
  const reader: Reader = openSession(socket, options)
  reader.leave = () => leave(reader)
  const inTurn = turns(reader)
  socket.on('message', (data, isBinary) => {
    if (!isOpen(reader) || !mayTalk(reader)) return
    inTurn(() => {
      if (isBinary) throw new PytakeError('BAD_REQUEST', 'Messages are text, not bytes.')
      return handle(reader, (data as Buffer).toString('utf8'))
    })
  })
  const {token} = options
  if (mayTry(reader) && token !== undefined) inTurn(() => comeIn(reader, token))
  return {beat: () => beat(reader), close: (reason, words) => closeSession(reader, reason, words)}
}

/** One message at a time; the next is not read from the wire before this one is answered. */
function turns(reader: Reader): (work: () => Promise<unknown> | void) => void {
  const {socket} = reader
  let last: Promise<void> = Promise.resolve()
  return (work) => {
    socket.pause()
    last = last
      .then(async () => void (isOpen(reader) && (await work())))
      .catch((error: unknown) => refuse(reader, error))
      .then(() => socket.resume())
  }
}

function leave(reader: Reader): void {
  reader.joined?.feed.leave(reader.joined.member)
  reader.joined = undefined
}

const send = ({outlet}: Reader, message: object): void => outlet.send(JSON.stringify(message), () => undefined)

const timeOf = ({runtime}: Reader): string => new Date(runtime.clock.now()).toISOString()

async function comeIn(reader: Reader, token: string): Promise<boolean> {
  const principal = await admit(reader, token)
  if (principal) requirePermission(principal, 'events:read')
  return principal !== undefined
}

async function handle(reader: Reader, text: string): Promise<void> {
  const message = parseMessage(text)
  const {principal} = reader
  if (message.type === 'ping') return send(reader, {type: 'pong'})
  if (message.type === 'auth') {
    if (await comeIn(reader, message.token)) send(reader, {type: 'authenticated', at: timeOf(reader)})
    return
  }
  if (!principal) return turnAway(reader, 'Say who you are first: {"type": "auth", "token": "pyt_…"}')
  if (message.type === 'subscribe') {
    const allowance = reader.buckets?.take(principal.name)
    if (allowance && !allowance.allowed) throw new PytakeError('RATE_LIMITED', tooMany(allowance))
    return subscribe(reader, principal, message)
  }
  if (message.type !== 'unsubscribe') return reader.joined?.member.subscriber.hold(message.type === 'pause')
  leave(reader)
  send(reader, {type: 'unsubscribed'})
}

async function subscribe(reader: Reader, principal: Principal, message: Subscribe): Promise<void> {
  const {channels, filter, since} = message
  const following = await follow(reader, principal, {
    tenant: message.tenant ?? reader.tenant,
    filter: {...filter, channel: channels},
    since,
    wantsMetrics: channels.includes('metrics'),
    outlet: reader.outlet,
  })
  leave(reader)
  reader.joined = following
  const {tenant, place, feed, member} = following
  send(reader, {
    type: 'subscribed',
    cursor: formatPlace(place),
    at: timeOf(reader),
    data: {tenant_id: tenant.id, channels},
  })
  feed.join(member)
  // It may have gone while its place was looked up.
  if (!isOpen(reader)) leave(reader)
}

function refuse(reader: Reader, thrown: unknown): void {
  const {ids, log} = reader.runtime
  if (isCannotResume(thrown)) return closeSession(reader, 'cannotResume', thrown.message)
  const error = thrown instanceof PytakeError ? thrown : internal(thrown)
  if (error !== thrown) log.error({err: thrown}, 'a message on /ws failed')
  send(reader, {type: 'error', ...errorBody(error, `req_${ids.next()}`)})
  if (error.code === 'FORBIDDEN') closeSession(reader, 'forbidden', error.message)
}

const internal = (cause: unknown) =>
  new PytakeError('INTERNAL', 'Something went wrong inside. The log has the details.', {cause})
