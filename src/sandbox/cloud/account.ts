import type {Person} from '../customer.ts'
import type {Directory} from '../directory.ts'
import type {Json} from '../json.ts'
import type {Sink, Update} from '../sink.ts'
import type {Draft} from './draft.ts'
import type {MediaStore} from './media.ts'
import type {Allowance, Pairs} from './pace.ts'
import type {Template, TemplateOptions} from './template.ts'

export interface NumberOptions {
  phoneNumberId: string
  wabaId: string
  /** As shown, e.g. `+55 11 4000-0001`. */
  displayPhone: string
  verifiedName?: string
  token: string
  appSecret: string
  webhookUrl: string
  verifyToken?: string
  /** Of the WABA; added to those it has, replacing those of the same name and language. */
  templates?: TemplateOptions[]
  /** Default 80, in and out together. */
  throughputPerSecond?: number
  /** The 24-hour window; default true. */
  enforceWindow?: boolean
  /**
   * Messages to one person: true (default) is a bucket of 45 refilled every 6 s; `strict` reads the documentation to the
   * letter, where a burst must be paid back whole before the next message.
   */
  enforcePairRate?: boolean | 'strict'
  /** Take messages to people nobody added, as if they were on WhatsApp; default false: 131026. */
  acceptUnknown?: boolean
}

export interface Waba {
  id: string
  templates: Template[]
  /** Without a subscribed app no webhook leaves. */
  subscribed: boolean
  override: string | undefined
}

export interface CloudNumber extends NumberOptions {
  digits: string
  waba: Waba
  registered: boolean
  directory: Directory
  throughput: Allowance
  pairs: Pairs
  /** Inbound message ids that can be marked as read, and whose they are. */
  inbound: Map<string, string>
  profile: Json
}

export interface Cloud {
  numbers: Map<string, CloudNumber>
  wabas: Map<string, Waba>
  media: MediaStore
  /** Base address, known once it listens. */
  url: string
  /** A new message id, for an account, sent by the business or by the customer. */
  wamid(account: string, sent: boolean): string
  /** What was accepted lately, by id. */
  deliveries: Map<string, Delivery>
  webhookOf(number: CloudNumber): Sink<CloudUpdate>
  addNumber(options: NumberOptions): void
  /** The number; NOT_FOUND names it. */
  number(id: string): CloudNumber
}

/** An accepted message on its way. */
export interface Delivery {
  id: string
  account: string
  number: CloudNumber
  person: Person | undefined
  draft: Draft
  body: Json
  /** Inside the 24-hour window, which decides the price. */
  windowOpen: boolean
  failure: {code: number; details?: string} | undefined
}

export type StatusName = 'sent' | 'delivered' | 'read' | 'played' | 'failed' | 'deleted'

/** One element of a change. Those of one number and list that stand together travel in one change. */
export interface CloudUpdate extends Update {
  number: CloudNumber
  field: string
  /** The list inside `value` this belongs to, or the whole value where the field has no list. */
  list?: 'messages' | 'statuses' | 'user_preferences'
  item: Json
  contact?: Json
}
