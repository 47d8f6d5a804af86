import {type EventChannel, eventChannels, isEventType} from '../base/events.ts'
import {isAllowed, type Permission, requirePermission} from './permissions.ts'
import type {Principal} from './principal.ts'

/** Who follows the event log (`events:read`) is told of each channel what they may see without it. */
export const channelPermissions: Readonly<Record<EventChannel, Permission>> = {
  messages: 'messages:read',
  conversations: 'conversations:read',
  flows: 'flows:read',
  delivery: 'whatsapp:read',
  webhooks: 'webhooks:read',
  system: 'events:read',
  metrics: 'events:read',
}

const channels = Object.keys(channelPermissions) as EventChannel[]

/** Whether somebody may be told of a type of event. Looked up once, and asked of every event. */
export function tellable(principal: Principal): (type: string) => boolean {
  const open = new Set(channels.filter((channel) => isAllowed(principal, channelPermissions[channel])))
  return (type) => open.has(channelOf(type))
}

const channelOf = (type: string): EventChannel => (isEventType(type) ? eventChannels[type] : 'system')

/** Throws `FORBIDDEN` for what is asked for by name and is not for the caller; what is not named is left out in silence. */
export function requireChannels(
  principal: Principal,
  {channel = [], type = []}: {channel?: readonly string[]; type?: readonly string[]},
): void {
  const named = [...channels.filter((one) => channel.includes(one)), ...type.map(channelOf)]
  for (const one of new Set(named)) requirePermission(principal, channelPermissions[one])
}

/** The same for hooks, where `*` names every channel. */
export const requireTypes = (principal: Principal, types: readonly string[]): void =>
  types.includes('*') ? requireChannels(principal, {channel: channels}) : requireChannels(principal, {type: types})
