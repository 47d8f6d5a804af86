import {parseDuration} from '../base/duration.ts'
import {invalid} from '../base/errors.ts'
import {
  cursorAt,
  cursorAtStart,
  formatCursor,
  type LogDb,
  logHead,
  parseCursor,
  type Position,
  readEvents,
  resumeAt,
  type StoredEvent,
} from '../store/event-log.ts'
import type {Stores, TenantDb} from '../store/stores.ts'
import {tellable} from './event-channels.ts'
import type {Principal} from './principal.ts'

/** Who follows a tenant reads two logs as one: the tenant's own, and what the platform tells of itself. */
export interface EventLogs {
  tenant: LogDb
  platform: LogDb
}

export type LogName = keyof EventLogs
const logNames: readonly LogName[] = ['tenant', 'platform']

/** How far each of the logs was seen. */
export type Place = Readonly<Record<LogName, Position>>

/** An event, and the place just after it. */
export interface LogEvent extends StoredEvent {
  from: LogName
  place: Place
}

export interface LogPage {
  /** Each log in its own order, the two of them by time. */
  events: LogEvent[]
  /** Everything up to here was looked at, whether or not its type was wanted. */
  last: Place
  /** Where the logs ended when the page was read. */
  heads: Place
}

export const logsOf = ({control}: Pick<Stores, 'control'>, tenant: TenantDb): EventLogs => ({tenant, platform: control})

/** The cursor outside: opaque, and exact for both logs. */
export const formatPlace = ({tenant, platform}: Place): string => `${formatCursor(tenant)}.${formatCursor(platform)}`

/** A cursor of one log is one of the tenant's: the platform's is read from its end then. */
function parsePlace(text: string): {tenant: Position; platform?: Position} | undefined {
  const parts = text.split('.')
  const tenant = parseCursor(parts.slice(0, 2).join('.'))
  if (!tenant || parts.length === 2) return tenant && {tenant}
  const platform = parseCursor(parts.slice(2).join('.'))
  return platform && {tenant, platform}
}

const both = async (at: (name: LogName) => Promise<Position>): Promise<Place> => {
  const [tenant, platform] = await Promise.all([at('tenant'), at('platform')])
  return {tenant, platform}
}

/** Where the logs end now. */
export const headsOf = (logs: EventLogs): Promise<Place> => both((name) => logHead(logs[name]))

/** The place before the oldest events that are kept. */
export const startsOf = (logs: EventLogs): Promise<Place> => both((name) => cursorAtStart(logs[name]))

/**
 * Where to begin: `now`, a duration back (`10m`), a time (ISO 8601) or a cursor. Throws `VALIDATION_ERROR` for anything
 * else and "cannot resume" for a cursor that these logs cannot go on from.
 */
export async function placeOf(logs: EventLogs, since: string, now: number): Promise<Place> {
  if (since === 'now') return headsOf(logs)
  const duration = parseDuration(since)
  if (duration !== undefined) return both((name) => cursorAt(logs[name], now - duration))
  const isDate = /^\d{4}-\d{2}-\d{2}/.test(since)
  const place = isDate ? undefined : parsePlace(since)
  if (place) {
    return both(async (name) => {
      const position = place[name]
      return position ? {...position, seq: await resumeAt(logs[name], position)} : logHead(logs[name])
    })
  }
  const time = isDate ? Date.parse(since) : Number.NaN
  if (!Number.isNaN(time)) return both((name) => cursorAt(logs[name], time))
  throw invalid('since', 'must be a duration such as 10m, a time (ISO 8601), a cursor, or now')
}

/** Both places are in the same logs: is `place` at least as far in each? */
export const isAsFar = (place: Place, other: Place): boolean =>
  logNames.every((name) => place[name].seq >= other[name].seq)

export const isSamePlace = (place: Place, other: Place): boolean =>
  place === other || (isAsFar(place, other) && isAsFar(other, place))

/** Events between two places. */
export const distance = (place: Place, further: Place): number =>
  logNames.reduce((sum, name) => sum + further[name].seq - place[name].seq, 0)

/** The place with one log seen further, never less. */
export function seenTo(place: Place, name: LogName, seq: number): Place {
  return seq <= place[name].seq ? place : {...place, [name]: {...place[name], seq}}
}

export interface LogQuery {
  after: Place
  /** Events of each log at once. */
  limit: number
  types?: readonly string[]
}

/** Reads on in both logs. What one of them may still hold before an event of the other is waited for. */
export async function readLogs(logs: EventLogs, {after, limit, types}: LogQuery): Promise<LogPage> {
  const read = (name: LogName) => readEvents(logs[name], {after: after[name].seq, limit, types})
  const [tenant, platform] = await Promise.all([read('tenant'), read('platform')])
  const pages = {tenant, platform}
  const taken = {tenant: 0, platform: 0}
  const next = (name: LogName) => pages[name].events[taken[name]]
  const hasMore = (name: LogName) => pages[name].last < pages[name].head.seq
  const events: LogEvent[] = []
  let place = after
  while (logNames.every((name) => next(name) !== undefined || !hasMore(name))) {
    const [a, b] = [next('tenant'), next('platform')]
    const from: LogName = a && (!b || a.at <= b.at) ? 'tenant' : 'platform'
    const event = from === 'tenant' ? a : b
    if (!event) break
    taken[from]++
    place = seenTo(place, from, event.seq)
    events.push({...event, from, place})
  }
  for (const name of logNames) if (!next(name)) place = seenTo(place, name, pages[name].last)
  return {events, last: place, heads: {tenant: tenant.head, platform: platform.head}}
}

/** What of the platform's log is for everybody: why nothing is sent. */
const forAll: ReadonlySet<string> = new Set(['disarmed'])

/** Which events somebody who follows a tenant may see: never what is about another one, nor of a channel that is not theirs. */
export function mayBeSeen(
  principal: Principal,
  tenantId: string,
): (event: Omit<LogEvent, 'seq' | 'at' | 'place'>) => boolean {
  const {platform} = principal
  const isTellable = tellable(principal)
  return ({from, type, data}) => {
    if (!isTellable(type)) return false
    if (from === 'tenant') return true
    const about = data.tenant_id ?? null
    return about === null ? platform || forAll.has(type) : about === tenantId
  }
}
