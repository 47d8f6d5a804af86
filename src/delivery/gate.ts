import type {Content} from '../base/message.ts'
import type {Capabilities} from '../channels/channel.ts'

/** Why a message was not handed to the provider. Each has a sentence and a next step, below. */
export type GateReason =
  | 'opted_out'
  | 'window_closed'
  | 'expired'
  | 'config_inactive'
  | 'config_removed'
  | 'not_supported'
  | 'invalid'
  | 'daily_limit'
  | 'plan_limit'

export const gateReasons: Record<GateReason, string> = {
  opted_out: 'The contact does not want marketing messages.',
  window_closed: "More than 24 hours since the customer's last message: only a template may go.",
  expired: 'It waited too long in the queue.',
  config_inactive: 'The number is switched off.',
  config_removed: 'The number was removed.',
  not_supported: 'This channel cannot send that kind of message.',
  invalid: 'WhatsApp would refuse it.',
  daily_limit: 'The daily limit of the number was reached before the 24-hour window closed.',
  plan_limit: "The plan's messages of this month were used up before the 24-hour window closed.",
}

/** What people can do about it. */
export const gateSteps: Record<GateReason, string> = {
  opted_out: 'Respect it: no marketing until they opt in again.',
  window_closed: 'Send a template: pytake message send --to NUMBER --template NAME',
  expired: 'Send it again: pytake message resend ID',
  config_inactive: 'Switch it on: pytake whatsapp activate NAME',
  config_removed: 'Send it from another number.',
  not_supported: 'Send another kind of message, or use a number on the other channel.',
  invalid: 'Correct what is named and send it anew.',
  daily_limit: 'Raise the limit: pytake whatsapp edit NAME --daily-limit N',
  plan_limit: 'See what the plan allows: pytake tenant show',
}

export interface GateFacts {
  now: number
  content: Content
  /** Goes instead when the window is closed. */
  fallback?: Content
  purpose: string
  optedIn: boolean
  capabilities: Capabilities
  /** The customer's last message, ms; null when there was none. */
  lastInboundAt: number | null
  expiresAt: number
  /** A limit that holds everything back until then, or null. */
  limit: {until: number; reason: 'daily_limit' | 'plan_limit'} | null
}

export type Verdict = {go: Content} | {fail: GateReason} | {wait: number; reason: string}

/** Stop this long before the window closes: the provider's clock decides, not ours. */
export const WINDOW_MARGIN_MS = 5 * 60_000

/** The one gate: no path to the provider goes around it (design, section 6). Pure. */
export function gate(facts: GateFacts): Verdict {
  const {now, content, capabilities} = facts
  if (facts.purpose === 'marketing' && !facts.optedIn) return {fail: 'opted_out'}
  if (now >= facts.expiresAt) return {fail: 'expired'}
  const closesAt = windowCloses(facts)
  const open = closesAt === null || now < closesAt
  const chosen = open || content.kind === 'template' ? content : facts.fallback
  if (!chosen) return {fail: 'window_closed'}
  if (!capabilities.kinds.includes(chosen.kind)) return {fail: 'not_supported'}
  if (facts.limit !== null) {
    const {until, reason} = facts.limit
    const tooLate = chosen.kind !== 'template' && closesAt !== null && until >= closesAt
    return tooLate ? {fail: reason} : {wait: until, reason}
  }
  return {go: chosen}
}

/** When free messages stop, ms; null where the channel has no window. */
function windowCloses({capabilities, lastInboundAt}: GateFacts): number | null {
  if (capabilities.windowMs === null) return null
  return lastInboundAt === null ? Number.NEGATIVE_INFINITY : lastInboundAt + capabilities.windowMs - WINDOW_MARGIN_MS
}
