import type {EventChannel} from '../base/events.ts'
import {requireChannels} from '../operations/event-channels.ts'
import {type EventFilterInput, eventFilter, refuseUnknownContact} from '../operations/event-filter.ts'
import {logsOf, mayBeSeen, type Place, placeOf} from '../operations/event-logs.ts'
import type {Principal} from '../operations/principal.ts'
import {recordTogether, type StampTables} from '../operations/stamp.ts'
import {resolveTenant} from '../operations/tenant-of.ts'
import type {Database} from '../store/database.ts'
import type {Feed, Member} from './feed.ts'
import {closeSession, type FollowedTenant, type Session} from './session.ts'
import {createSubscriber, type Outlet} from './subscriber.ts'

export interface Wish {
  /** Which tenant, for a token of the platform. */
  tenant?: string
  filter: EventFilterInput
  since?: string
  wantsMetrics: boolean
  /** Where events go. */
  outlet: Outlet
}

/** A place among those who follow a tenant, taken by joining the feed. */
export interface Following {
  tenant: FollowedTenant
  place: Place
  feed: Feed
  member: Member
}

/** Channels that tell of no person. */
const impersonal: ReadonlySet<string> = new Set<EventChannel>(['metrics', 'system', 'delivery'])

/** Once for all that will be told: who follows is recorded before they see anything, like who reads. */
async function recordFollow(
  {runtime, address}: Session,
  {name}: Principal,
  {tenant, filter}: {tenant: FollowedTenant; filter: EventFilterInput},
): Promise<void> {
  if (filter.channel?.every((one) => impersonal.has(one))) return
  const database = runtime.stores.tenant(tenant.id) as unknown as Database<StampTables>
  await recordTogether(database, {
    ...{id: runtime.ids.next(), principal: name, action: 'events.follow', origin: address},
    ...{after: {query: filter}, at: new Date(runtime.clock.now())},
  })
}

/** Finds what somebody wants to follow, and whether they may. Throws what the API would answer. */
export async function follow(session: Session, principal: Principal, wish: Wish): Promise<Following> {
  const {stores, clock} = session.runtime
  requireChannels(principal, wish.filter)
  const tenant = await resolveTenant(session.runtime, principal, wish.tenant)
  const db = stores.tenant(tenant.id)
  const filter = await eventFilter(db, wish.filter, mayBeSeen(principal, tenant.id))
  await refuseUnknownContact(db, wish.filter)
  await recordFollow(session, principal, {tenant, filter: wish.filter})
  const place = await placeOf(logsOf(stores, db), wish.since ?? 'now', clock.now())
  const feed = await session.feedOf(tenant)
  const subscriber = createSubscriber({
    outlet: wish.outlet,
    filter,
    clock,
    place,
    wantsMetrics: wish.wantsMetrics,
    read: (after) => feed.read(after),
    frontier: feed.place,
  })
  const member: Member = {subscriber, end: (reason, words) => closeSession(session, reason, words)}
  return {tenant, place, feed, member}
}
