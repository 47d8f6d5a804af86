import type {Clock} from '../base/clock.ts'
import type {Ids, Random} from '../base/ids.ts'
import type {NumberOptions} from './cloud/account.ts'
import type {Customer, CustomerOptions} from './customer.ts'
import type {Provider} from './erp/provider.ts'
import type {InstanceOptions} from './evolution/instance.ts'
import type {AcceptedMessage, Counters} from './world.ts'

/**
 * Stand-ins for Meta's Graph API, an Evolution server and four ERPs on this machine: a second, independent reading of
 * their interfaces. They refuse what the real ones refuse, send signed webhooks back, and fail when told to.
 */
export interface SandboxOptions {
  clock: Clock
  random: Random
  ids?: Ids
  /** Default 127.0.0.1. */
  host?: string
  /** Default 0: any free one. */
  cloudPort?: number
  evolutionPort?: number
  erpPort?: number
  /** See `faults.ts` for their form. */
  faults?: string[]
  /** Every answer waits this long. */
  latencyMs?: number
  /** Default 40: `sent` after this long, `delivered` after twice, `read` after four times. */
  statusDelayMs?: number
  /** Default true. */
  readReceipts?: boolean
  /** Default true; otherwise statuses go out by `status()` only. */
  autoStatuses?: boolean
  /** Longest wait before a webhook is tried again, as often as it takes; default is what each provider does. */
  retryAtMostMs?: number
  /** How many messages are remembered, default 10,000. */
  keepMessages?: number
  /** Evolution's global key, default `sandbox-global-key`. */
  evolutionKey?: string
}

export interface SandboxStats extends Counters {
  faulted: number
  /** Updates queued, on the wire or due. */
  pending: number
}

export interface AcceptedFilter {
  via?: string
  /** Digits, with or without the ninth. */
  to?: string
  type?: string
  callbackData?: string
  /** Wall clock, ms. */
  since?: number
}

export interface Sandbox {
  /** Base address of the Graph API, without version. */
  readonly cloudUrl: string
  readonly evolutionUrl: string
  readonly evolutionKey: string
  /** Base address of all four ERPs. */
  readonly erpUrl: string
  /** The Internet provider whose data the four ERPs show. */
  readonly erp: Provider
  /** Adds a number, or changes one and keeps its people. */
  addNumber(options: NumberOptions): void
  addInstance(options: InstanceOptions): void
  /** Someone who writes to that number or instance; the same phone again is a new person. */
  customer(options: CustomerOptions): Customer
  setFaults(faults: string[]): void
  faults(): string[]
  stats(): SandboxStats
  /** What was accepted lately, oldest first. */
  accepted(filter?: AcceptedFilter): AcceptedMessage[]
  /** Sends a status of an accepted message: Meta's names, or Evolution's such as READ. NOT_FOUND for a forgotten one. */
  status(messageId: string, status: string, errorCode?: number): void
  /** Changes a template's status and tells it by webhook. */
  setTemplateStatus(wabaId: string, name: string, status: string): void
  /** Meta's GET handshake with the number's webhook and verify token. */
  verifyWebhook(phoneNumberId: string): Promise<{ok: boolean; status: number; body: string}>
  /** Evolution: the QR code is scanned. */
  scan(instance: string): void
  /** Evolution: the connection is lost; 401 for good. */
  disconnect(instance: string, reason: number): void
  /** Evolution: someone at the business types on its own phone. */
  typeOnPhone(customer: Customer, text: string): string
  /** Resolves when no webhook is queued, on the wire or due: not while a dead receiver is being retried. */
  idle(): Promise<void>
  close(): Promise<void>
}
