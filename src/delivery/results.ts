import type {Random} from '../base/ids.ts'
import type {Content} from '../base/message.ts'
import type {SendResult} from '../channels/channel.ts'
import type {IdentityScope} from '../contacts/identity.ts'
import type {Claimed} from './claim.ts'
import type {GateReason} from './gate.ts'

/** An attempt that ended. */
export interface Finished {
  message: Claimed
  attemptId: string
  /** What was really sent: the content, or its fallback. */
  sent: Content
  result: SendResult
  startedAt: number
  endedAt: number
}

/** A message that the gate turned away without a call. */
export interface TurnedAway {
  message: Claimed
  reason: GateReason
  detail?: string
}

/** A message that must wait; it goes back to the queue with the time and the reason, so that people can see both. */
export interface Postponed {
  message: Claimed
  until: number
  reason: string
}

export interface SettleContext {
  configId: string
  scope: IdentityScope
  /** The tenant's calendar day, for the daily limit. */
  day: string
  now: number
  random: Random
  /** Whose identities are on disk surely, as `learned` of earlier results names them. */
  known?: ReadonlySet<string>
}

/** Whose message it is, in the words of events. */
export const subjectOf = (configId: string, message: Claimed) => ({
  conversation_id: message.conversationId,
  contact_id: message.contactId,
  config_id: configId,
  contact_name: message.contactName,
  contact_phone: message.contactPhone,
  message_id: message.id,
})
